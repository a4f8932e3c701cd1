import type { BodyPart, Email, EmailAddress, Id, Identity } from '../jmap/types.ts';
import { formatAddress, sameAddress } from '../model/addresses.ts';
import { bodyPlan } from '../model/body-plan.ts';
import { mediumDate } from '../model/dates.ts';
import { escapeHtml, forwardSubject, quoteText, replyHeaders, textAsHtml } from '../model/reply.ts';
import { region, t } from '../text/text.ts';
import { htmlToText, sanitizeHtml } from '../view/sanitize.ts';
import { type Attachment, Draft } from './draft.ts';
import { needIdentities } from './identities.ts';
import { composeMode } from './preferences.ts';
import { wholeOf } from './reader.ts';
import { server } from './session.ts';
import { toast } from './toasts.ts';

/** Puts aside what is being written. */
export async function leave(draft: Draft): Promise<void> {
  if (!draft.isChanged) return;
  await draft.save();
  toast(t().draftSaved);
}

export async function emptyDraft(to: readonly EmailAddress[]): Promise<Draft> {
  const identity = (await needIdentities())[0];
  return new Draft({
    identityId: identity?.id ?? '',
    to,
    mode: composeMode.value,
    content: signature(identity),
  });
}

export async function replyDraft(id: Id, all: boolean): Promise<Draft> {
  const [email, identities] = await Promise.all([wholeOf(id), needIdentities()]);
  const identity = identityFor(email, identities);
  const headers = replyHeaders(
    email,
    identities.map((one) => one.email),
    all,
  );
  const from = email.from?.[0];
  const line = t().onDateWrote(
    mediumDate(new Date(email.receivedAt), region.value),
    from ? formatAddress(from) : '?',
  );
  const quoted = await quotable(email, false);
  const content =
    composeMode.value === 'html'
      ? `<p><br></p>${signature(identity)}<p>${escapeHtml(line)}</p><blockquote type="cite">${quoted.html}</blockquote>`
      : `\n\n${signature(identity)}\n${line}\n${quoteText(quoted.text)}\n`;
  return new Draft({
    ...headers,
    identityId: identity?.id ?? '',
    mode: composeMode.value,
    content,
    attachments: quoted.inline,
    answers: { id, keyword: '$answered' },
  });
}

export async function forwardDraft(id: Id): Promise<Draft> {
  const [email, identities] = await Promise.all([wholeOf(id), needIdentities()]);
  const identity = identityFor(email, identities);
  const quoted = await quotable(email, true);
  const fields: readonly (readonly [string, string])[] = [
    [t().from, (email.from ?? []).map(formatAddress).join(', ')],
    [t().date, mediumDate(new Date(email.sentAt ?? email.receivedAt), region.value)],
    [t().subject, email.subject ?? ''],
    [t().to, (email.to ?? []).map(formatAddress).join(', ')],
    [t().cc, (email.cc ?? []).map(formatAddress).join(', ')],
  ];
  const head = fields.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}`);
  const content =
    composeMode.value === 'html'
      ? `<p><br></p>${signature(identity)}<p>${[`---------- ${t().forwarded} ----------`, ...head].map(escapeHtml).join('<br>')}</p>${quoted.html}`
      : `\n\n${signature(identity)}\n---------- ${t().forwarded} ----------\n${head.join('\n')}\n\n${quoted.text}\n`;
  return new Draft({
    identityId: identity?.id ?? '',
    subject: forwardSubject(email),
    references: email.messageId ?? [],
    mode: composeMode.value,
    content,
    attachments: [...quoted.inline, ...quoted.attachments],
    answers: { id, keyword: '$forwarded' },
  });
}

/** What was saved before, to be written on. */
export async function savedDraft(id: Id): Promise<Draft> {
  const [email, identities] = await Promise.all([wholeOf(id), needIdentities()]);
  const identity =
    identities.find((one) => email.from?.some((from) => sameAddress(from.email, one.email))) ?? identities[0];
  const plan = bodyPlan(email.bodyStructure, email.bodyValues);
  const isHtml = plan.blocks.some(({ kind }) => kind === 'html');
  const quoted = await quotable(email, true);
  return new Draft({
    emailId: id,
    identityId: identity?.id ?? '',
    to: email.to ?? [],
    cc: email.cc ?? [],
    bcc: email.bcc ?? [],
    subject: email.subject ?? '',
    inReplyTo: email.inReplyTo ?? [],
    references: email.references ?? [],
    mode: isHtml ? 'html' : 'text',
    content: isHtml ? quoted.html : quoted.text,
    attachments: [...quoted.inline, ...quoted.attachments],
  });
}

/** The one of our addresses that the message came to. */
function identityFor(email: Email, identities: readonly Identity[]): Identity | undefined {
  const addressed = [...(email.to ?? []), ...(email.cc ?? []), ...(email.from ?? [])];
  return (
    identities.find((one) => addressed.some(({ email: to }) => sameAddress(to, one.email))) ?? identities[0]
  );
}

function signature(identity: Identity | undefined): string {
  if (!identity) return '';
  const { textSignature: text, htmlSignature: html } = identity;
  if (composeMode.value === 'text') return text ? `\n-- \n${text}\n` : '';
  if (!html && !text) return '<p><br></p>';
  const clean = html
    ? htmlOf(sanitizeHtml(html, { urlOfCid: () => undefined, allowRemote: true }).fragment)
    : textAsHtml(text);
  return `<p><br></p><div class="signature">-- <br>${clean}</div>`;
}

interface Quotable {
  readonly html: string;
  readonly text: string;
  readonly inline: readonly Attachment[];
  readonly attachments: readonly Attachment[];
}

let lastKey = 1_000_000;

async function quotable(email: Email, withAttachments: boolean): Promise<Quotable> {
  const plan = bodyPlan(email.bodyStructure, email.bodyValues);
  const htmlPart = plan.blocks.find((block) => block.kind === 'html');
  const inline: Attachment[] = [];
  if (htmlPart?.kind === 'html') {
    const named = [...plan.related].filter(
      ([cid, part]) => part.blobId && htmlPart.value.value.includes(`cid:${cid}`),
    );
    for (const [cid, part] of named) inline.push(await inlineOf(cid, part));
  }
  let html = '';
  let text = '';
  for (const block of plan.blocks) {
    if (block.kind === 'html') {
      // Remote pictures stay where they are: an answer sent with them gone would be another message.
      const clean = sanitizeHtml(block.value.value, {
        urlOfCid: (cid) => inline.find((one) => one.inline?.cid === cid)?.inline?.url,
        allowRemote: true,
      });
      text += `${htmlToText(clean.fragment.cloneNode(true))}\n`;
      html += htmlOf(clean.fragment);
    } else if (block.kind === 'text') {
      html += `<div>${textAsHtml(block.value.value)}</div>`;
      text += `${block.value.value}\n`;
    }
  }
  const others = plan.blocks.filter(({ kind }) => kind !== 'html' && kind !== 'text').map(({ part }) => part);
  const attachments = withAttachments ? [...others, ...plan.attachments].flatMap(attachmentOf) : [];
  return { html, text: text.trimEnd(), inline, attachments };
}

async function inlineOf(cid: string, part: BodyPart): Promise<Attachment> {
  const blob = await server().download(part.blobId!, part.type);
  const base = { key: ++lastKey, name: part.name ?? 'image', type: part.type, size: part.size, progress: 1 };
  return { ...base, blobId: part.blobId!, inline: { cid, url: URL.createObjectURL(blob) } };
}

function attachmentOf(part: BodyPart): readonly Attachment[] {
  if (!part.blobId) return [];
  const name = part.name ?? (part.type === 'message/rfc822' ? 'message.eml' : 'attachment');
  return [{ key: ++lastKey, name, type: part.type, size: part.size, blobId: part.blobId, progress: 1 }];
}

function htmlOf(fragment: DocumentFragment): string {
  const holder = document.implementation.createHTMLDocument().createElement('div');
  holder.append(fragment);
  for (const style of holder.querySelectorAll('style')) style.remove();
  return holder.innerHTML;
}
