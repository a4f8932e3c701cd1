import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const kicked = z.object({
  sessionId: z.string(),
  address: z.string(),
  gateway: z.string(),
  ended: z.boolean(),
});

export const sessionsKick: Register = (parent, run) => {
  parent
    .command('kick')
    .description('end a session')
    .argument('<id>', 'as `sessions` shows it')
    .action(
      run(async ({ client, show, complain }, [id]: [string]) => {
        const session = await client.ask('POST', pathOf(['sessions', id, 'kick']), kicked);
        if (!session.ended)
          complain(`the gateway ${session.gateway} has not yet ended the session ${session.sessionId}`);
        show(session, session.ended ? `ended the session ${session.sessionId} of ${session.address}\n` : '');
      }),
    );
};
