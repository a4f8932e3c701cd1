import type { BodyPart, BodyValue } from '../jmap/types.ts';
import { externalBodyLink, type PartialInfo, partialInfo } from './content-type.ts';

/** What of a message is shown, in its order. */
export type Block =
  | { readonly kind: 'text' | 'html'; readonly part: BodyPart; readonly value: BodyValue }
  | { readonly kind: 'image' | 'audio' | 'video'; readonly part: BodyPart }
  | { readonly kind: 'message'; readonly part: BodyPart; readonly digest: boolean }
  | { readonly kind: 'partial'; readonly part: BodyPart; readonly info: PartialInfo }
  | { readonly kind: 'external'; readonly part: BodyPart; readonly link: string | undefined };

export interface BodyPlan {
  readonly blocks: readonly Block[];
  readonly attachments: readonly BodyPart[];
  /** Parts that HTML may show by cid: (RFC 2392), by their Content-ID. */
  readonly related: ReadonlyMap<string, BodyPart>;
}

const MAX_DEPTH = 50;

/**
 * Chooses from a message's structure (RFC 2046, 2387): of alternatives the last one that can be shown, of related
 * parts the root, of everything else each part in its order.
 */
export function bodyPlan(
  structure: BodyPart,
  values: Readonly<Record<string, BodyValue>>,
  preferPlain = false,
): BodyPlan {
  const blocks: Block[] = [];
  const attachments: BodyPart[] = [];
  const related = new Map<string, BodyPart>();
  walk(structure, { depth: 0, digest: false });
  return { blocks, attachments, related };

  function walk(part: BodyPart, at: { depth: number; digest: boolean }): void {
    if (at.depth > MAX_DEPTH) return;
    const type = part.type.toLowerCase();
    const inner = { depth: at.depth + 1, digest: type === 'multipart/digest' };
    const children = part.subParts ?? [];
    if (type === 'multipart/alternative') return alternatives(children, inner);
    if (type === 'multipart/related') return relatives(children, inner);
    if (type.startsWith('multipart/')) {
      for (const child of children) walk(child, inner);
      return;
    }
    leaf(part, type, at.digest);
  }

  function alternatives(children: readonly BodyPart[], at: { depth: number; digest: boolean }): void {
    const shown = children.filter((child) => canBeShown(child, values));
    const plain = shown.find(({ type }) => type.toLowerCase() === 'text/plain');
    const chosen = (preferPlain && plain) || shown.at(-1);
    for (const child of children) {
      if (child === chosen) walk(child, at);
      // An invitation beside its description is no rendering of it.
      else if (!isRendering(child)) attachments.push(...leavesOf(child));
    }
  }

  function relatives(children: readonly BodyPart[], at: { depth: number; digest: boolean }): void {
    const [root, ...others] = children;
    if (!root) return;
    const html = textOf(root, values);
    walk(root, at);
    for (const child of others.flatMap(leavesOf)) {
      const cid = child.cid?.replace(/^<|>$/g, '');
      const isReferred = cid !== undefined && html.includes(`cid:${cid}`);
      if (cid !== undefined) related.set(cid, child);
      if (!isReferred) leaf(child, child.type.toLowerCase(), false);
    }
  }

  function leaf(part: BodyPart, type: string, digest: boolean): void {
    const contentType = part['header:Content-Type:asRaw'] ?? '';
    const isAttachment = part.disposition?.toLowerCase() === 'attachment';
    if (part.cid) related.set(part.cid.replace(/^<|>$/g, ''), part);
    if (type === 'message/rfc822' || type === 'message/global')
      return void blocks.push({ kind: 'message', part, digest });
    if (type === 'message/external-body')
      return void blocks.push({ kind: 'external', part, link: externalBodyLink(contentType) });
    const info = type === 'message/partial' ? partialInfo(contentType) : undefined;
    if (info) return void blocks.push({ kind: 'partial', part, info });
    const value = part.partId === null ? undefined : values[part.partId];
    const isFirst = blocks.length === 0;
    if (!isAttachment && value && TEXT.has(type) && (!part.name || isFirst)) {
      return void blocks.push({ kind: type === 'text/html' ? 'html' : 'text', part, value });
    }
    const medium = type.split('/')[0];
    if (!isAttachment && (medium === 'image' || medium === 'audio' || medium === 'video'))
      return void blocks.push({ kind: medium, part });
    attachments.push(part);
  }
}

const TEXT = new Set(['text/plain', 'text/html', 'text/enriched', 'text/richtext', 'text/rfc822-headers']);

function canBeShown(part: BodyPart, values: Readonly<Record<string, BodyValue>>): boolean {
  const type = part.type.toLowerCase();
  if (type.startsWith('multipart/')) return (part.subParts ?? []).some((child) => canBeShown(child, values));
  if (TEXT.has(type)) return part.partId !== null && part.partId in values;
  return /^(?:image|audio|video)\//.test(type);
}

function isRendering(part: BodyPart): boolean {
  const type = part.type.toLowerCase();
  return (
    type.startsWith('multipart/') ||
    TEXT.has(type) ||
    type === 'text/x-amp-html' ||
    type === 'text/watch-html'
  );
}

function leavesOf(part: BodyPart): readonly BodyPart[] {
  return part.type.toLowerCase().startsWith('multipart/') ? (part.subParts ?? []).flatMap(leavesOf) : [part];
}

function textOf(part: BodyPart, values: Readonly<Record<string, BodyValue>>): string {
  return leavesOf(part)
    .map(({ partId }) => (partId === null ? '' : (values[partId]?.value ?? '')))
    .join('\n');
}
