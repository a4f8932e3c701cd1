import { splitAddress } from '../../../../shared/account/address.ts';
import { isEmailId } from '../../../../shared/mailbox/email-id.ts';
import type { EmailId } from '../../../../shared/mailbox/types.ts';
import type { EnvelopeStructure } from '../../../../shared/message/structure.ts';
import type { SpoolRecipient } from '../../../../shared/spool/port.ts';
import { flatAddresses } from '../email/header-forms.ts';
import { type Call, type JsonObject, SetError } from '../method.ts';
import { invalidProperties, resolveId } from '../set.ts';
import { heldUntil, isForwardPath, readEnvelope, type SubmissionEnvelope } from './envelope.ts';
import type { Identity } from './identities.ts';
import { outgoingMessage } from './outgoing-message.ts';
import { recipientsOf } from './recipients.ts';
import type { Submission } from './submissions.ts';

const PROPERTIES = new Set(['identityId', 'emailId', 'envelope']);
const HOUR_MS = 3_600_000;

/** Sends an email: the way of every submitted message, into the spool. Throws `SetError`s of RFC 8621 §7.5. */
export async function submit(
  call: Call,
  object: JsonObject,
  identities: ReadonlyMap<string, Identity>,
): Promise<Submission> {
  const { webmail, account } = call;
  const { ports, config, emails } = webmail;
  const unknown = Object.keys(object).filter((name) => !PROPERTIES.has(name));
  if (unknown.length > 0) throw invalidProperties(unknown);
  const identityId = typeof object.identityId === 'string' ? resolveId(call, object.identityId) : '';
  const identity = identities.get(identityId);
  if (identity === undefined) throw invalidProperties(['identityId'], 'there is no such identity');
  const emailId = typeof object.emailId === 'string' ? resolveId(call, object.emailId) : '';
  const email = isEmailId(emailId)
    ? (await emails.emails(account.accountId, [emailId])).get(emailId)
    : undefined;
  const stored = email && (await ports.storage.structures([emailId as EmailId])).get(emailId as EmailId);
  if (email === undefined || stored === undefined)
    throw invalidProperties(['emailId'], 'there is no such email');
  const { structure } = stored;
  const envelope = readEnvelope(object.envelope) ?? envelopeOf(identity, structure.envelope);
  await checkSenders(call, envelope, structure.envelope);
  const now = ports.database.now();
  const until = heldUntil(envelope, now, config.futureReleaseMs);
  const { recipients, resolved } = await resolveAll(call, envelope);
  await checkRates(call, envelope.rcptTo.length);
  const reversePath = envelope.mailFrom.email;
  const message = await outgoingMessage(webmail, emailId as EmailId, structure, reversePath);
  const smtpUtf8 =
    message.utf8Header || /[^\x00-\x7f]/.test(reversePath + envelope.rcptTo.map((one) => one.email).join(''));
  const { emailId: spoolId } = await ports.spool.enqueue({
    message: message.staged,
    reversePath,
    recipients,
    returnPathBytes: message.returnPathBytes,
    body: message.eightBit ? '8bit' : '7bit',
    smtpUtf8,
    submitter: account.accountId,
    signer: splitAddress(reversePath || account.address)?.domain,
    traceparent: ports.tracing.current(),
    ...(until === undefined ? {} : { heldUntil: until }),
  });
  return {
    identityId,
    emailId,
    threadId:
      email.threadId ??
      (await emails.threadsOf(account.accountId, [email.emailId])).get(email.emailId) ??
      emailId,
    envelope,
    sendAt: until ?? now,
    canceled: false,
    spoolId,
    targets: resolved,
    entries: recipients.length,
  };
}

/** RFC 8621 §7.5: from the identity, to all that the header names. */
function envelopeOf(identity: Identity, header: EnvelopeStructure): SubmissionEnvelope {
  const named = [header.to, header.cc, header.bcc].flatMap(flatAddresses).map(({ email }) => email);
  return {
    mailFrom: { email: identity.email, parameters: null },
    rcptTo: [...new Set(named)].map((email) => ({ email, parameters: null })),
  };
}

async function checkSenders(
  { webmail, account }: Call,
  { mailFrom }: SubmissionEnvelope,
  header: EnvelopeStructure,
): Promise<void> {
  const { accounts } = webmail.ports;
  if (!isForwardPath(mailFrom.email) || !(await accounts.mayUseReversePath(account, mailFrom.email)))
    throw new SetError('forbiddenMailFrom', 'the reverse-path is not one of yours');
  if (header.from.length === 0)
    throw new SetError('invalidEmail', 'a message has a From', { properties: ['from'] });
  const senders = [...flatAddresses(header.from), ...flatAddresses(header.sender)];
  for (const { email } of senders.slice(0, MAX_SENDERS))
    if (!(await accounts.mayUseReversePath(account, email)))
      throw new SetError('forbiddenFrom', `${email.slice(0, 200)} is not one of yours`);
  if (senders.length > MAX_SENDERS)
    throw new SetError('invalidEmail', 'too many senders', { properties: ['from'] });
}

const MAX_SENDERS = 20;

async function resolveAll(
  { webmail }: Call,
  { mailFrom, rcptTo }: SubmissionEnvelope,
): Promise<{ recipients: SpoolRecipient[]; resolved: Submission['targets'] }> {
  const { ports, config } = webmail;
  if (rcptTo.length === 0) throw new SetError('noRecipients');
  if (rcptTo.length > config.maxRecipients)
    throw new SetError('tooManyRecipients', undefined, { maxRecipients: config.maxRecipients });
  const recipients: SpoolRecipient[] = [];
  const resolved: Submission['targets'][number][] = [];
  const invalid: string[] = [];
  for (const { email } of rcptTo) {
    const found = isForwardPath(email)
      ? await recipientsOf(ports.accounts, email, mailFrom.email)
      : undefined;
    if (found === undefined) {
      invalid.push(email);
      continue;
    }
    for (const recipient of found) {
      const { target } = recipient;
      // Twice the same mailbox is one delivery.
      const key = target.kind === 'local' ? `local ${target.account}` : `remote ${target.forwardPath}`;
      if (resolved.some((one) => one.key === key)) continue;
      recipients.push(recipient);
      resolved.push({
        key,
        email,
        ...(target.kind === 'local'
          ? { account: target.account }
          : { destination: target.destination, forwardPath: target.forwardPath }),
      });
    }
  }
  if (invalid.length > 0) throw new SetError('invalidRecipients', undefined, { invalidRecipients: invalid });
  return { recipients, resolved };
}

/** The same counters as those of SMTP submission. */
async function checkRates({ webmail, accountId }: Call, recipients: number): Promise<void> {
  const { sessions } = webmail.ports;
  const { submitterMessages, submitterRecipients } = webmail.config;
  const messages = await sessions.count(`rate:messages:${accountId}`, HOUR_MS).catch(() => 0);
  const all = await sessions.count(`rate:recipients:${accountId}`, HOUR_MS, recipients).catch(() => 0);
  if (messages > submitterMessages || all > submitterRecipients)
    throw new SetError('rateLimit', 'you send too much: try again later');
}
