import { isService, SERVICES, serviceEntry } from './cluster/services.ts';

/**
 * `npm run service -- <name>`: one service as this process, with the settings of the environment. It is
 * `node services/<name>/main.ts` for machines whose own Node does not run TypeScript.
 */
const [name = '', ...more] = process.argv.slice(2);
if (!isService(name) || !SERVICES.includes(name) || more.length > 0) {
  process.stderr.write(`service: name one of ${SERVICES.join(', ')}\n`);
  process.exit(2);
}
await import(serviceEntry(name));
