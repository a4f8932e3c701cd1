import { runProcess } from '../process.ts';
import { start } from './service.ts';

await runProcess('webmail', start);
