/** One JSON line an event, on standard output. */
import { type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

/** A line waits this long for others, milliseconds: a write of its own for each line was a tenth of the CPU of a busy ingress. */
const GATHER_MS = 50;
/** Written at once when so much has gathered. */
const GATHER_BYTES = 8_192;

/** Lines name the service and the replica; `err` and `error` are written with stack and causes. */
export function createLogger(config: Pick<Config, 'logLevel' | 'replicaName'>, service: string): Logger {
  return pino(
    {
      level: config.logLevel,
      base: { service, replica: config.replicaName },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
    },
    gathered(),
  );
}

/** Written beside the event loop, so that a slow reader of the log does not stop the mail; at an orderly exit nothing is left. */
function gathered(): { write(line: string): void } {
  const out = pino.destination({ dest: 1, sync: false, minLength: GATHER_BYTES });
  let waiting = false;
  return {
    write(line) {
      out.write(line);
      if (waiting) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        out.flush();
      }, GATHER_MS).unref();
    },
  };
}
