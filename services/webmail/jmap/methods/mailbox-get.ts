import { z } from 'zod';
import { isRefusal } from '../../../../shared/mailbox/operations.ts';
import type { MailboxInfo, ModSeq } from '../../../../shared/mailbox/types.ts';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import { MAILBOX_PROPERTIES, mailboxObject, shownMailboxes } from '../mailbox/mailbox-object.ts';
import { type Call, type JsonObject, type Method, MethodError } from '../method.ts';

const schema = z.strictObject(getArguments);

/** RFC 8621 §2.1. */
export const mailboxGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const ids = given == null ? null : boundIds(given);
  const { list, modSeq } = await mailboxObjects(call, new Set(properties ?? MAILBOX_PROPERTIES));
  const byId = new Map(list.map((mailbox) => [mailbox.id as string, mailbox]));
  const found =
    ids === null
      ? list
      : ids.flatMap((id) => {
          const mailbox = byId.get(id);
          return mailbox === undefined ? [] : [mailbox];
        });
  return {
    accountId: call.accountId,
    state: String(modSeq),
    list: pickProperties(found, properties, MAILBOX_PROPERTIES),
    notFound: (ids ?? []).filter((id) => !byId.has(id)),
  };
};

/** All mailboxes that a client is shown, with the MODSEQ that they have at least. */
export async function listMailboxes(call: Call): Promise<{ mailboxes: MailboxInfo[]; modSeq: ModSeq }> {
  const reply = await call.webmail.ports.mailboxes.ask('list', { account: call.accountId });
  if (isRefusal(reply)) throw new MethodError('accountNotFound', reply.text);
  return { mailboxes: shownMailboxes(reply.mailboxes), modSeq: reply.modSeq };
}

export async function mailboxObjects(
  call: Call,
  wanted: ReadonlySet<string>,
): Promise<{ list: JsonObject[]; modSeq: ModSeq }> {
  const { mailboxes, modSeq } = await listMailboxes(call);
  const ids = new Map(mailboxes.map(({ name, mailboxId }) => [name, mailboxId]));
  const counted = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'].some((name) =>
    wanted.has(name),
  );
  const counts = counted ? await call.webmail.counts.counts(call, mailboxes, modSeq, wanted) : undefined;
  const list = mailboxes.map((info) => mailboxObject(info, ids, counts?.get(info.mailboxId) ?? {}));
  return { list, modSeq };
}
