import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const deleted = z.object({ deleted: z.string() });

export const routeDelete: Register = (parent, run) => {
  parent
    .command('delete')
    .description('give a route up; what waits for it goes the way that is left to it')
    .argument('<name>', 'the route')
    .action(
      run(async ({ client, show }, [name]: [string]) => {
        const outcome = await client.ask('DELETE', pathOf(['routes', name]), deleted);
        show(outcome, `deleted the route ${outcome.deleted}\n`);
      }),
    );
};
