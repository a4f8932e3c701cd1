import { sql } from 'kysely';
import { readIdentifier } from '../../../shared/mailbox/acl-identifier.ts';
import type { MailboxRequest } from '../../../shared/mailbox/operations.ts';
import { addRights, type Rights, removeRights } from '../../../shared/mailbox/rights.ts';
import { MAX_ACL_ENTRIES } from '../../../shared/mailbox/types.ts';
import { mailboxByName } from '../mailbox-rows.ts';
import { ownerAddress } from '../owner-address.ts';
import { type Operation, Refused, refuse, type Trx } from '../turn.ts';

interface Entry {
  account_id: number;
  mailbox_id: number;
  identifier: string;
}

export const setAcl: Operation<'setAcl'> = async (turn, request) => {
  const mailbox = await mailboxByName(turn, request.name);
  if (!mailbox?.present) return refuse('not-found', 'no such mailbox');
  const owner = await ownerAddress(turn);
  const identifier = readIdentifier(request.identifier, owner);
  if (identifier === undefined) return refuse('bad-identifier', 'not an address, nor anyone');
  // Nobody could give them back.
  if (identifier === owner || identifier === `-${owner}`)
    return refuse('owner', 'the owner always has all rights');
  const { account_id, mailbox_id } = mailbox;
  return turn.commit(async (trx) => {
    const entry = { account_id, mailbox_id, identifier };
    await write(trx, entry, changed(await read(trx, entry), request));
    return {};
  });
};

function changed(rights: Rights, request: MailboxRequest<'setAcl'>): Rights {
  switch (request.mode) {
    case 'add':
      return addRights(rights, request.rights);
    case 'remove':
      return removeRights(rights, request.rights);
    case 'replace':
      return request.rights;
  }
}

async function read(trx: Trx, entry: Entry): Promise<Rights> {
  const row = await trx
    .selectFrom('mailbox_acl')
    .select('rights')
    .where('account_id', '=', entry.account_id)
    .where('mailbox_id', '=', entry.mailbox_id)
    .where('identifier', '=', entry.identifier)
    .executeTakeFirst();
  return row?.rights ?? '';
}

async function write(trx: Trx, entry: Entry, rights: Rights): Promise<void> {
  if (rights === '') {
    await trx
      .deleteFrom('mailbox_acl')
      .where('account_id', '=', entry.account_id)
      .where('mailbox_id', '=', entry.mailbox_id)
      .where('identifier', '=', entry.identifier)
      .execute();
    return;
  }
  await sql`insert into mailbox_acl (account_id, mailbox_id, identifier, rights)
    values (${entry.account_id}, ${entry.mailbox_id}, ${entry.identifier}, ${rights})
    on conflict (account_id, mailbox_id, identifier) do update set rights = excluded.rights`.execute(trx);
  const { count } = await trx
    .selectFrom('mailbox_acl')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', entry.account_id)
    .where('mailbox_id', '=', entry.mailbox_id)
    .executeTakeFirstOrThrow();
  if (Number(count) > MAX_ACL_ENTRIES) throw new Refused('limit', 'the access control list is full');
}
