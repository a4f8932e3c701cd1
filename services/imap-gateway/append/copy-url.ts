import type { AccountId, MailboxId } from '../../../shared/mailbox/types.ts';
import { type ImapUrl, parseImapUrl } from '../../../shared/protocol/imap/url.ts';
import type { MessageWriter } from '../../../shared/storage/port.ts';
import { readSectionBytes } from '../fetch/section-bytes.ts';
import { placeOf } from '../place.ts';
import { badUrl, Refused } from '../refusals.ts';
import type { ImapSession } from '../session.ts';

/**
 * Puts what an IMAP URL names (RFC 4469 §3, RFC 5092) into a message: a message of this account, or a part of one.
 * `room` is asked before any byte is written.
 */
export async function copyUrl(
  session: ImapSession,
  text: string,
  room: (size: number) => Promise<void>,
  writer: MessageWriter,
): Promise<void> {
  const { gateway } = session;
  const url = parseImapUrl(text);
  if (url === null || !isOwn(session, url)) throw badUrl(text);
  const { owner, mailboxId } = await mailboxOf(session, url, text);
  const facts = (await gateway.facts.get(session.asking(owner), mailboxId, [url.uid])).get(url.uid);
  if (facts === undefined) throw badUrl(text);
  const structure = (await gateway.structures.get([facts.emailId])).get(facts.emailId);
  const { storage } = gateway.ports;
  const { section, partial } = url;
  const bytes = await readSectionBytes(
    storage,
    { position: 0, facts, structure, bytes: undefined },
    { item: 'SECTION', label: '', peek: true, section, partial },
  );
  if (bytes === null) throw badUrl(text);
  if (Buffer.isBuffer(bytes)) {
    await room(bytes.length);
    await writer.write(bytes);
    return;
  }
  await room(bytes.end - bytes.start);
  for await (const piece of storage.read(facts.emailId, bytes.start, bytes.end)) await writer.write(piece);
}

/** Relative, or to this server and nobody else's account. */
function isOwn(session: ImapSession, { server }: ImapUrl): boolean {
  if (server === null) return true;
  const { user, host } = server;
  const ours = session.gateway.config.hostname.toLowerCase();
  return host.toLowerCase() === ours && (user === null || user.toLowerCase() === session.account!.address);
}

async function mailboxOf(
  session: ImapSession,
  url: ImapUrl,
  text: string,
): Promise<{ readonly owner: AccountId; readonly mailboxId: MailboxId }> {
  const { selected } = session;
  if (url.mailbox === null) {
    const same = url.uidValidity === null || url.uidValidity === selected?.uidValidity;
    if (selected === undefined || !same) throw badUrl(text);
    return { owner: session.owner, mailboxId: selected.mailboxId };
  }
  const refused = (error: unknown): never => {
    throw error instanceof Refused ? badUrl(text) : error;
  };
  const { owner } = await placeOf(session, url.mailbox).catch(refused);
  const { mailboxId, uidValidity } = await session.ask('status', { name: url.mailbox }).catch(refused);
  if (url.uidValidity !== null && url.uidValidity !== uidValidity) throw badUrl(text);
  return { owner, mailboxId };
}
