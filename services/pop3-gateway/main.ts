import { runProcess } from '../process.ts';
import { start } from './service.ts';

await runProcess('pop3-gateway', start);
