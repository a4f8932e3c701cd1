import { z } from 'zod';
import type { MailboxRequest } from '../../../../shared/mailbox/operations.ts';
import { headerFields } from '../../../../shared/message/header.ts';
import { id, readArguments } from '../arguments.ts';
import { blobBytes } from '../blob/blob-bytes.ts';
import { type FoundBlob, findBlobs } from '../blob/find-blob.ts';
import { storeMessage } from '../compose/store-message.ts';
import { applyEmails, modSeqOfState } from '../email/apply-emails.ts';
import { CORE_LIMITS } from '../limits.ts';
import { type Call, type JsonObject, type Method, MethodError, SetError } from '../method.ts';
import { asSetError, newOutcome } from '../set.ts';
import { placeOf, tellCreated } from './email-set.ts';

const schema = z.strictObject({
  accountId: z.string(),
  ifInState: z.string().max(200).nullish(),
  emails: z.record(
    z.string().max(255),
    z.strictObject({
      blobId: id,
      mailboxIds: z.unknown(),
      keywords: z.unknown().optional(),
      receivedAt: z.unknown().optional(),
    }),
  ),
});

type NewEmail = MailboxRequest<'setEmails'>['create'][number];

/** RFC 8621 §4.8. */
export const emailImport: Method = async (call, args) => {
  const { emails, ifInState } = readArguments(schema, args);
  if (Object.keys(emails).length > CORE_LIMITS.maxObjectsInSet) throw new MethodError('requestTooLarge');
  const blobs = await findBlobs(
    call.webmail,
    call.accountId,
    Object.values(emails).map(({ blobId }) => blobId),
  );
  const outcome = newOutcome();
  const create: [string, NewEmail][] = [];
  for (const [creationId, { blobId, ...place }] of Object.entries(emails)) {
    try {
      const placed = placeOf(call, place as JsonObject, call.webmail.ports.database.now());
      create.push([creationId, { ...placed, ...(await imported(call, blobId, blobs.get(blobId))) }]);
    } catch (error) {
      outcome.notCreated[creationId] = asSetError(error);
    }
  }
  const reply = await applyEmails(call, {
    ifModSeq: modSeqOfState(ifInState),
    create: create.map(([, email]) => email),
    update: [],
    destroy: [],
  });
  await tellCreated(call, create, reply.created, outcome);
  const orNull = (value: object): unknown => (Object.keys(value).length === 0 ? null : value);
  return {
    accountId: call.accountId,
    oldState: String(reply.oldModSeq),
    newState: String(reply.modSeq),
    created: orNull(outcome.created),
    notCreated: orNull(outcome.notCreated),
  };
};

/** An upload becomes the message itself, its bytes stay where they are; anything else is copied. Throws `SetError`. */
async function imported(
  { webmail, accountId }: Call,
  blobId: string,
  blob: FoundBlob | undefined,
): Promise<Pick<NewEmail, 'emailId' | 'size'>> {
  if (blob === undefined) throw new SetError('blobNotFound', undefined, { notFound: [blobId] });
  const { storage } = webmail.ports;
  const { ref, content } = blob;
  let head: Buffer = Buffer.alloc(0);
  for await (const piece of blobBytes(storage, blob, 0, HEAD_BYTES)) head = Buffer.concat([head, piece]);
  if (headerFields(head).length === 0) throw new SetError('invalidEmail', 'it has no header');
  if (ref.slices.length > 0 || content !== undefined) return storeMessage(webmail, blobBytes(storage, blob));
  const owned = await webmail.emails.owned(accountId, [ref.emailId]);
  if (owned.has(ref.emailId)) throw new SetError('alreadyExists', undefined, { existingId: ref.emailId });
  return { emailId: ref.emailId, size: blob.stored };
}

const HEAD_BYTES = 8_192;
