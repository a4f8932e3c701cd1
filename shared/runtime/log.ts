/** One JSON line an event, on standard output. */
import { type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

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
    // Lines gather while a write is under way, so that a slow reader of the log does not stop the mail.
    pino.destination({ dest: 1, sync: false, minLength: 0 }),
  );
}
