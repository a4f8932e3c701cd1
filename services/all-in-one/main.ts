import { configOrExit } from '../process.ts';
import { runAllInOne } from './service.ts';

await runAllInOne(configOrExit());
