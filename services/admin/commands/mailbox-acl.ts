import { z } from 'zod';
import { ALL_RIGHTS } from '../../../shared/mailbox/rights.ts';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';
import { table } from '../table.ts';
import { WrongUsage } from '../terminal.ts';

const acl = z.object({
  owner: z.string(),
  entries: z.array(z.object({ identifier: z.string(), rights: z.string() })),
});

export const mailboxAcl: Register = (parent, run) => {
  parent
    .command('acl')
    .description('show who may do what in a mailbox, or change it')
    .argument('<address>', 'the account that has the mailbox')
    .argument('<mailbox>', 'its name')
    .argument('[identifier]', "an address, an alias for those it leads to, or anyone of the account's domain")
    .argument(
      '[rights]',
      'letters of RFC 4314: lr to read, lrs, lrswi, …; with + before them to add to what there is',
    )
    .option('--delete', 'take away all that the identifier has')
    .action(
      run(
        async (
          { client, show },
          [address, mailbox, identifier, rights]: [string, string, string?, string?],
          options,
        ) => {
          const change = readChange(identifier, rights, options.delete === true);
          const path = (query = {}) => pathOf(['mailboxes', address, 'acl'], query);
          const list =
            change === undefined
              ? await client.ask('GET', path({ mailbox }), acl)
              : await client.ask('PUT', path(), acl, { mailbox, ...change });
          const rows = list.entries.map((entry) => [entry.identifier, entry.rights]);
          show(list, table(['who', 'rights'], [[list.owner, 'owner'], ...rows]));
        },
      ),
    );
};

function readChange(
  identifier: string | undefined,
  rights: string | undefined,
  deletes: boolean,
): { identifier: string; mode: 'add' | 'remove' | 'replace'; rights: string } | undefined {
  if (identifier === undefined) {
    if (deletes) throw new WrongUsage('--delete wants to know whose rights');
    return undefined;
  }
  if (deletes === (rights !== undefined)) throw new WrongUsage('give either rights or --delete');
  if (rights === undefined) return { identifier, mode: 'remove', rights: ALL_RIGHTS };
  return rights.startsWith('+')
    ? { identifier, mode: 'add', rights: rights.slice(1) }
    : { identifier, mode: 'replace', rights };
}
