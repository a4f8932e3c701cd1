import { z } from 'zod';
import { isEmailId } from '../../../../shared/mailbox/email-id.ts';
import type { EmailUpdate, MailboxRequest } from '../../../../shared/mailbox/operations.ts';
import { readArguments } from '../arguments.ts';
import { findBlobs } from '../blob/find-blob.ts';
import { blobIdsIn, composedBytes, composeEmail } from '../compose/compose-email.ts';
import { HEADER_PROPERTIES } from '../compose/header-fields.ts';
import { storeMessage } from '../compose/store-message.ts';
import { readDate } from '../dates.ts';
import { applyEmails, emailSetError, modSeqOfState } from '../email/apply-emails.ts';
import { emailUpdate, flagSet, mailboxIdsOf, membersOf } from '../email/email-patch.ts';
import { type Call, type JsonObject, type Method, SetError } from '../method.ts';
import {
  asSetError,
  boundSet,
  invalidProperties,
  madeId,
  newOutcome,
  resolveId,
  type SetOutcome,
  setArguments,
  setResponse,
} from '../set.ts';
import { threadsReady } from '../threads-ready.ts';

const schema = z.strictObject(setArguments);

type NewEmail = MailboxRequest<'setEmails'>['create'][number];

/** RFC 8621 §4.6. */
export const emailSet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  const ifModSeq = modSeqOfState(given.ifInState);
  const outcome = newOutcome();
  const create = await newEmails(call, given.create ?? {}, outcome);
  const update: { id: string; update: EmailUpdate }[] = [];
  for (const [id, patch] of Object.entries(given.update ?? {})) {
    try {
      const emailId = resolveId(call, id);
      if (!isEmailId(emailId)) throw new SetError('notFound');
      update.push({ id: emailId, update: emailUpdate(call, emailId, patch) });
    } catch (error) {
      outcome.notUpdated[id] = asSetError(error);
    }
  }
  const destroy = [...new Set((given.destroy ?? []).map((id) => resolveId(call, id)))];
  for (const id of destroy) if (!isEmailId(id)) outcome.notDestroyed[id] = new SetError('notFound');
  const destroyIds = destroy.filter((id) => isEmailId(id));
  const reply = await applyEmails(call, {
    ifModSeq,
    create: create.map(([, email]) => email),
    update: update.map((one) => one.update),
    destroy: destroyIds,
  });
  await tellCreated(call, create, reply.created, outcome);
  for (const [index, { id }] of update.entries()) {
    const refused = reply.updated[index] ?? null;
    if (refused === null) outcome.updated[id] = null;
    else outcome.notUpdated[id] = emailSetError(refused);
  }
  for (const [index, id] of destroyIds.entries()) {
    const refused = reply.destroyed[index] ?? null;
    if (refused === null) outcome.destroyed.push(id);
    else outcome.notDestroyed[id] = emailSetError(refused);
  }
  const states = { oldState: String(reply.oldModSeq), newState: String(reply.modSeq) };
  return setResponse(call.accountId, states, outcome);
};

const OTHER_PROPERTIES = new Set([
  ...HEADER_PROPERTIES,
  'mailboxIds',
  'keywords',
  'receivedAt',
  'bodyStructure',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
]);

/** Messages that are to be made, composed and in storage. */
async function newEmails(
  call: Call,
  create: Readonly<Record<string, JsonObject>>,
  outcome: SetOutcome,
): Promise<[creationId: string, NewEmail][]> {
  const blobs = await findBlobs(call.webmail, call.accountId, Object.values(create).flatMap(blobIdsIn));
  const made: [string, NewEmail][] = [];
  for (const [creationId, email] of Object.entries(create)) {
    try {
      made.push([creationId, await newEmail(call, email, blobs)]);
    } catch (error) {
      outcome.notCreated[creationId] = asSetError(error);
    }
  }
  return made;
}

async function newEmail(
  call: Call,
  email: JsonObject,
  blobs: Awaited<ReturnType<typeof findBlobs>>,
): Promise<NewEmail> {
  const { webmail } = call;
  const { storage, database } = webmail.ports;
  const unknown = Object.keys(email).filter(
    (name) => !OTHER_PROPERTIES.has(name) && !name.startsWith('header:'),
  );
  if (unknown.length > 0) throw invalidProperties(unknown);
  const placed = placeOf(call, email, database.now());
  const missing = blobIdsIn(email).filter((blobId) => !blobs.has(blobId));
  if (missing.length > 0) throw new SetError('blobNotFound', undefined, { notFound: [...new Set(missing)] });
  const hostname = call.account.address.split('@').at(-1) ?? webmail.config.hostname;
  const composed = composeEmail(email, { blobs, hostname, now: database.now() });
  return { ...placed, ...(await storeMessage(webmail, composedBytes(storage, composed))) };
}

/** Where a new email goes, and how it is marked. Throws `SetError`. */
export function placeOf(
  call: Call,
  { mailboxIds, keywords, receivedAt }: JsonObject,
  now: number,
): Pick<NewEmail, 'mailboxIds' | 'flags' | 'internalDate'> {
  const received =
    receivedAt == null ? { unixMs: now } : typeof receivedAt === 'string' ? readDate(receivedAt) : undefined;
  if (received === undefined) throw invalidProperties(['receivedAt']);
  return {
    mailboxIds: mailboxIdsOf(call, mailboxIds),
    flags: flagSet(keywords == null ? [] : membersOf(keywords, 'keywords')),
    internalDate: received.unixMs,
  };
}

export async function tellCreated(
  call: Call,
  create: readonly [string, NewEmail][],
  refusals: Awaited<ReturnType<typeof applyEmails>>['created'],
  outcome: Pick<SetOutcome, 'created' | 'notCreated'>,
): Promise<void> {
  const done = create.filter((_, index) => (refusals[index] ?? null) === null);
  if (done.length > 0) await threadsReady(call);
  const threads = await call.webmail.emails.threadsOf(
    call.accountId,
    done.map(([, { emailId }]) => emailId),
  );
  for (const [index, [creationId, { emailId, size }]] of create.entries()) {
    const refused = refusals[index] ?? null;
    if (refused !== null) {
      outcome.notCreated[creationId] = emailSetError(refused);
      continue;
    }
    outcome.created[creationId] = {
      id: emailId,
      blobId: emailId,
      threadId: threads.get(emailId) ?? emailId,
      size,
    };
    madeId(call, creationId, emailId);
  }
}
