import { configOrExit } from '../process.ts';
import { runAllInOne } from './service.ts';

// On a terminal someone reads along: what runs well is not told.
await runAllInOne(configOrExit(process.stdout.isTTY ? { LOG_LEVEL: 'warn' } : {}));
