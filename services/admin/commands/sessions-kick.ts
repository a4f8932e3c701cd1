import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';

const kicked = z.object({
  sessionId: z.string(),
  address: z.string(),
  gateway: z.string(),
  told: z.boolean(),
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
        const { sessionId, gateway, address } = session;
        if (!session.told) {
          complain(`the gateway ${gateway} does not answer; if it is gone, so is the session ${sessionId}`);
        }
        const ended = session.ended ? '' : '; its client has not hung up yet';
        show(session, session.told ? `ended the session ${sessionId} of ${address}${ended}\n` : '');
      }),
    );
};
