import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { addressKey } from '../../../shared/account/address.ts';
import {
  isRefusal,
  type MailboxReply,
  type MailboxRequest,
  type MailboxVerb,
  type RefusalReason,
} from '../../../shared/mailbox/operations.ts';
import { readRights } from '../../../shared/mailbox/rights.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, RequestRefused, readBody, readQuery } from '../answer.ts';

const aclQuery = z.strictObject({ mailbox: z.string() });
const aclChange = z.strictObject({
  mailbox: z.string(),
  identifier: z.string(),
  mode: z.enum(['add', 'remove', 'replace']),
  rights: z.string(),
});

const STATUSES: { readonly [Reason in RefusalReason]?: ContentfulStatusCode } = { 'not-found': 404 };

/** Mailboxes of one account, asked of its actor as the owner does. */
export function mailboxRoutes(ports: Ports): Hono {
  /** The reply; a refusal becomes the response. */
  const ask = async <V extends MailboxVerb>(
    address: string,
    verb: V,
    request: Omit<MailboxRequest<V>, 'account' | 'as'>,
  ): Promise<MailboxReply<V>> => {
    const account = await ports.accounts.find(address);
    if (account === undefined)
      throw new RequestRefused(404, 'not-found', `there is no account ${addressKey(address) ?? address}`);
    const whole = { ...request, account: account.accountId } as MailboxRequest<V>;
    const reply = await ports.mailboxes.ask(verb, whole);
    if (isRefusal(reply)) throw new RequestRefused(STATUSES[reply.refused] ?? 400, reply.refused, reply.text);
    return reply;
  };
  return new Hono()
    .get('/:address', async (context) => {
      const { mailboxes } = await ask(context.req.param('address'), 'list', {});
      return answer(context, { mailboxes: mailboxes.filter((mailbox) => mailbox.exists) });
    })
    .get('/:address/acl', async (context) => {
      const { mailbox: name } = readQuery(context, aclQuery);
      return answer(context, await ask(context.req.param('address'), 'getAcl', { name }));
    })
    .put('/:address/acl', async (context) => {
      const { mailbox: name, rights: letters, ...change } = await readBody(context, aclChange);
      const rights = readRights(letters);
      if (rights === undefined)
        throw new RequestRefused(400, 'bad-rights', `'${letters}' are not all rights of RFC 4314`);
      const address = context.req.param('address');
      await ask(address, 'setAcl', { ...change, name, rights });
      return answer(context, await ask(address, 'getAcl', { name }));
    });
}
