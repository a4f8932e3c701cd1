import { splitAddress } from '../../../shared/account/address.ts';
import type { Resolution } from '../../../shared/account/port.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import type { SieveHeader } from '../../../shared/sieve/header.ts';
import { composeRejection } from '../../../shared/sieve/rejection.ts';
import type { SieveVacation } from '../../../shared/sieve/run.ts';
import { composeVacationReply } from '../../../shared/sieve/vacation-reply.ts';
import type { SpoolRecipient, Submission } from '../../../shared/spool/port.ts';
import type { StagedMessage } from '../../../shared/storage/port.ts';
import type { SpooledMessage } from './spooled-message.ts';

/** RFC 5321 §6.3: a message with more trace than this goes in circles. */
const MAX_RECEIVED = 100;

export interface Outgoing {
  readonly ports: Pick<Ports, 'accounts' | 'log' | 'storage'>;
  readonly hostname: string;
  readonly now: number;
  /** Hexadecimal digits, unique. */
  readonly token: () => string;
}

/** True when the message came through here before: redirected again it would go in circles. */
export function loops(header: SieveHeader, forwardPath: string): boolean {
  const own = forwardPath.toLowerCase();
  return (
    header.named('received').length > MAX_RECEIVED ||
    header.named('delivered-to').some(({ value }) => value.toLowerCase() === own)
  );
}

/** The message as it is now, on its way to somebody else; null: nobody has that address. */
export async function redirected(
  { ports }: Outgoing,
  message: SpooledMessage,
  header: Buffer | null,
  address: string,
): Promise<Submission | null> {
  const { forwardPath, reversePath, structure } = message;
  const found = recipientsOf(await ports.accounts.resolve(address));
  if (found.length === 0) return null;
  const forwarder = splitAddress(forwardPath)?.domain;
  const ours = await ports.accounts.forwardedReversePath(reversePath, forwardPath);
  const recipients = found.map((recipient) => ({ ...sentOn(recipient, ours), forwarder }));
  const returnPath = Buffer.from(`Return-Path: <${reversePath}>\r\n`);
  const trace = Buffer.from(`Delivered-To: ${forwardPath}\r\n`);
  const staged = await rewritten(ports, message, header, Buffer.concat([returnPath, trace]), true);
  const envelope = `${reversePath}${address}`;
  return {
    message: staged,
    reversePath,
    recipients,
    returnPathBytes: returnPath.length,
    body: has8Bit(structure) ? '8bit' : '7bit',
    smtpUtf8: /[^\x00-\x7f]/.test(envelope),
  };
}

/** `vacation`'s reply, from the null reverse-path (RFC 3834 §3.3), so that nothing answers it. */
export async function vacationReply(
  outgoing: Outgoing,
  message: SpooledMessage,
  vacation: SieveVacation,
): Promise<Submission | null> {
  const bytes = composeVacationReply({
    vacation,
    header: message.header,
    from: message.forwardPath,
    to: message.reversePath,
    now: outgoing.now,
    messageId: `${outgoing.token()}@${outgoing.hostname}`,
  });
  return report(outgoing, message, bytes);
}

/** `reject`'s report to the sender; null: there is none to be told. */
export async function rejection(
  outgoing: Outgoing,
  message: SpooledMessage,
  reason: string,
): Promise<Submission | null> {
  if (message.reversePath === '') return null;
  const token = outgoing.token();
  const bytes = composeRejection({
    reason,
    header: message.header,
    from: message.forwardPath,
    to: message.reversePath,
    hostname: outgoing.hostname,
    now: outgoing.now,
    messageId: `${token}@${outgoing.hostname}`,
    boundary: `=_${token}`,
  });
  return report(outgoing, message, bytes);
}

async function report(
  { ports }: Outgoing,
  { reversePath: to, forwardPath }: SpooledMessage,
  bytes: Buffer,
): Promise<Submission | null> {
  const recipients = recipientsOf(await ports.accounts.resolve(to));
  if (recipients.length === 0) return null;
  const returnPath = Buffer.from('Return-Path: <>\r\n');
  const writer = ports.storage.create();
  await writer.write(Buffer.concat([returnPath, bytes]));
  return {
    message: await writer.finish(),
    reversePath: '',
    recipients,
    returnPathBytes: returnPath.length,
    body: bytes.some((byte) => byte > 127) ? '8bit' : '7bit',
    smtpUtf8: /[^\x00-\x7f]/.test(to),
    signer: splitAddress(forwardPath)?.domain,
  };
}

/** The message with another header, and `before` in front, staged under an id of its own. */
export async function rewritten(
  { storage }: Pick<Ports, 'storage'>,
  message: SpooledMessage,
  header: Buffer | null,
  before: Buffer,
  withoutReturnPath = false,
): Promise<StagedMessage> {
  const { emailId, structure } = message;
  const { bodyStart } = structure.body;
  const top = header ?? (await storage.readAll(emailId, 0, bodyStart));
  const writer = storage.create();
  try {
    await writer.write(before);
    await writer.write(withoutReturnPath ? top.subarray(returnPathLength(top)) : top);
    // From the beginning, though it is there already: what is read whole is checked.
    let at = 0;
    for await (const piece of storage.read(emailId, 0, structure.size)) {
      const from = Math.min(piece.length, Math.max(0, bodyStart - at));
      at += piece.length;
      if (from < piece.length) await writer.write(piece.subarray(from));
    }
    return await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Bytes of the Return-Path line that delivery put in front. */
function returnPathLength(top: Buffer): number {
  if (top.subarray(0, 12).toString('latin1').toLowerCase() !== 'return-path:') return 0;
  return top.indexOf('\n') + 1;
}

function has8Bit({ body }: SpooledMessage['structure']): boolean {
  return body.encoding === '8bit' || body.encoding === 'binary' || (body.parts?.length ?? 0) > 0;
}

/** What leaves us is ours to answer for: SPF looks at the reverse-path. A mailing list has one of its own. */
function sentOn(recipient: SpoolRecipient, reversePath: string): SpoolRecipient {
  return recipient.target.kind === 'local' || recipient.reversePath !== undefined
    ? recipient
    : { ...recipient, reversePath };
}

function recipientsOf(resolution: Resolution): SpoolRecipient[] {
  switch (resolution.kind) {
    case 'unknown':
      return [];
    case 'alias':
      return resolution.targets.flatMap((target) =>
        recipientsOf(target).map((recipient) =>
          target.listOwner === undefined ? recipient : { ...recipient, reversePath: target.listOwner },
        ),
      );
    case 'account':
      return [
        {
          target: { kind: 'local', account: resolution.account.accountId, forwardPath: resolution.address },
        },
      ];
    case 'remote':
      return [
        {
          target: {
            kind: 'remote',
            destination: resolution.destination,
            forwardPath: resolution.address,
          },
        },
      ];
  }
}
