import { type Config, ConfigError, readConfig, requireRealPorts } from '../shared/runtime/config.ts';
import { startHealth } from '../shared/runtime/health.ts';
import type { Logger } from '../shared/runtime/log.ts';
import type { Running, StartService } from '../shared/runtime/service.ts';
import { createDemoAccounts } from './demo-accounts.ts';
import { openPorts } from './ports.ts';

/** Below Kubernetes' default grace period of 30 s, so that the goodbye is ours. */
const GRACE_MS = 20_000;

/** Reads the settings or ends the process with one line a problem. `defaults` go before those of the settings. */
export function configOrExit(defaults: Record<string, string> = {}): Config {
  try {
    const given = Object.entries(process.env).filter(([, value]) => value?.trim());
    return readConfig({ ...defaults, ...Object.fromEntries(given) });
  } catch (error) {
    if (error instanceof ConfigError) return exitWith(error.message);
    throw error;
  }
}

export function exitWith(line: string): never {
  process.stderr.write(`cartero: ${line}\n`);
  process.exit(1);
}

/** One service as its own process, on the real parts; ends at SIGTERM or SIGINT. */
export async function runProcess(service: string, start: StartService): Promise<void> {
  const config = configOrExit();
  const missing = requireRealPorts(config);
  if (missing.length > 0) {
    exitWith(
      `${service} runs on its own only with ${missing.join(', ')} set; \`npm start\` runs everything in one process`,
    );
  }
  try {
    const { ports, close } = await openPorts(config, service);
    surviveStrayErrors(ports.log);
    if (service === 'admin' && config.demoPassword !== undefined) {
      await createDemoAccounts(ports.database, config.demoPassword);
    }
    const running = await start(ports, config);
    let stopping = false;
    // The admin service answers these itself.
    const health =
      service === 'admin'
        ? undefined
        : await startHealth({
            host: config.listenHost,
            port: config.ports.admin,
            metrics: ports.metrics,
            ready: () => (stopping ? ['stopping'] : running.notReady()),
          });
    const addresses = {
      ...running.addresses,
      ...(health === undefined ? {} : { admin: { host: config.listenHost, port: health.port } }),
    };
    process.stdout.write(`${JSON.stringify({ event: 'ready', service, pid: process.pid, addresses })}\n`);
    stopOnSignal(ports.log, async () => {
      stopping = true;
      await running.stop(GRACE_MS);
      await health?.stop();
      await close();
    });
  } catch (error) {
    exitWith(`${service} could not start: ${reasonOf(error)}`);
  }
}

/** Stops everything once at the first signal; a second one ends the process at once. */
export function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), GRACE_MS + 5_000).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** A bug in one connection must not end the others: it is logged and counted as an error line. */
export function surviveStrayErrors(log: Logger): void {
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => log.error({ err: error }, 'uncaught exception'));
}

/** Stops several services, those that take things in first. */
export async function stopAll(services: readonly Running[]): Promise<void> {
  for (const running of services) await running.stop(GRACE_MS);
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    error.cause instanceof Error && !error.message.includes(error.cause.message)
      ? `: ${error.cause.message}`
      : '';
  return `${error.message}${cause}`;
}
