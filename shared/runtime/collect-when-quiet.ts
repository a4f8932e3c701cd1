/**
 * V8 collects when it has to allocate; a process that has gone quiet keeps what its last burst left behind, which for thousands of
 * idle connections is several times what they need. So it is collected once little happens.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const TICK_MS = 5_000;
/** Quiet: the event loop was busy for less than this part of the last tick. */
const QUIET = 0.05;
/** Not worth the pause below this, nor below this part of what is in use. Bytes. */
const LEAST_BYTES = 8 * 1_048_576;
const LEAST_SHARE = 0.1;

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/** Returns what ends it. */
export function collectWhenQuiet(tickMs = TICK_MS): () => void {
  const collect = collector();
  if (collect === undefined) return () => {};
  let utilization = performance.eventLoopUtilization();
  let kept = 0;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, utilization);
    utilization = now;
    const used = getHeapStatistics().used_heap_size;
    if (busy > QUIET || used - kept < Math.max(LEAST_BYTES, kept * LEAST_SHARE)) return;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    kept = getHeapStatistics().used_heap_size;
    // The pause itself is not to be taken for work.
    utilization = performance.eventLoopUtilization();
  }, tickMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Undefined where V8 does not let it be called. */
function collector(): Collect | undefined {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : undefined');
  return typeof collect === 'function' ? (collect as Collect) : undefined;
}
