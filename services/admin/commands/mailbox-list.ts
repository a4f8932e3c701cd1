import { z } from 'zod';
import { pathOf } from '../client.ts';
import { showSize } from '../quantities.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';

const mailbox = z.object({
  mailboxId: z.string(),
  name: z.string(),
  messages: z.number(),
  unseen: z.number(),
  deleted: z.number(),
  size: z.number(),
  uidValidity: z.number(),
  uidNext: z.number(),
  specialUse: z.string().nullable(),
});
const listed = z.object({ mailboxes: z.array(mailbox) });

export const mailboxList: Register = (parent, run) => {
  parent
    .command('list')
    .description('show the mailboxes of an account with what they hold')
    .argument('<address>', 'the account')
    .action(
      run(async ({ client, show }, [address]: [string]) => {
        const { mailboxes } = await client.ask('GET', pathOf(['mailboxes', address]), listed);
        const rows = mailboxes.map((one) => [
          one.name,
          one.messages,
          one.unseen,
          one.deleted,
          showSize(one.size),
          one.specialUse ?? '',
        ]);
        show(mailboxes, table(['mailbox', 'messages', 'unseen', 'deleted', 'size', 'use'], rows));
      }),
    );
};
