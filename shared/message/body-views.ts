import type { PartStructure } from './structure.ts';

/** Which parts a reader is shown as the message's text, and which are attachments (RFC 8621 §4.1.4). */
export interface BodyViews {
  readonly textBody: readonly PartStructure[];
  readonly htmlBody: readonly PartStructure[];
  readonly attachments: readonly PartStructure[];
}

/** Parts of one message that are looked at. */
const MAX_PARTS = 2_000;
const MAX_DEPTH = 50;

const MEDIA = new Set(['image', 'audio', 'video']);

/** The algorithm of RFC 8621 §4.1.4. */
export function bodyViews(root: PartStructure): BodyViews {
  const views = { textBody: [] as PartStructure[], htmlBody: [] as PartStructure[] };
  const attachments: PartStructure[] = [];
  walk([root], 'mixed', false, views.htmlBody, views.textBody, attachments, { parts: 0 }, 0);
  return { ...views, attachments };
}

/** RFC 8621 §4.1.4: an attachment that is more than a picture within the text. */
export function hasAttachment({ attachments }: BodyViews): boolean {
  return attachments.some(
    (part) => !(part.contentId !== null && part.disposition?.type !== 'attachment' && MEDIA.has(part.type)),
  );
}

type View = PartStructure[] | null;

function walk(
  parts: readonly PartStructure[],
  multipart: string,
  inAlternative: boolean,
  allHtml: View,
  allText: View,
  attachments: PartStructure[],
  seen: { parts: number },
  depth: number,
): void {
  // What stands behind a text of one kind, within an alternative, goes with that kind.
  let html = allHtml;
  let text = allText;
  const textLength = text?.length ?? -1;
  const htmlLength = html?.length ?? -1;
  for (const [index, part] of parts.entries()) {
    seen.parts += 1;
    if (seen.parts > MAX_PARTS || depth > MAX_DEPTH) return;
    if (part.parts !== undefined) {
      const alternative = inAlternative || part.subtype === 'alternative';
      walk(part.parts, part.subtype, alternative, html, text, attachments, seen, depth + 1);
      continue;
    }
    const inline =
      part.disposition?.type !== 'attachment' &&
      (isText(part) || MEDIA.has(part.type)) &&
      // Not the first part of multipart/related: then only what has no name.
      (index === 0 || (multipart !== 'related' && (MEDIA.has(part.type) || !isNamed(part))));
    if (!inline) {
      attachments.push(part);
      continue;
    }
    if (multipart === 'alternative') {
      if (part.type === 'text' && part.subtype === 'plain') text?.push(part);
      else if (part.type === 'text' && part.subtype === 'html') html?.push(part);
      else attachments.push(part);
      continue;
    }
    if (inAlternative && part.type === 'text') {
      if (part.subtype === 'plain') html = null;
      if (part.subtype === 'html') text = null;
    }
    text?.push(part);
    html?.push(part);
    if ((text === null || html === null) && MEDIA.has(part.type)) attachments.push(part);
  }
  if (multipart !== 'alternative' || text === null || html === null) return;
  // Only one of the two was there: it serves for both.
  if (textLength === text.length && htmlLength !== html.length) text.push(...html.slice(htmlLength));
  if (htmlLength === html.length && textLength !== text.length) html.push(...text.slice(textLength));
}

const isText = ({ type, subtype }: PartStructure): boolean =>
  type === 'text' && (subtype === 'plain' || subtype === 'html');

const isNamed = (part: PartStructure): boolean =>
  [...(part.disposition?.parameters ?? []), ...part.parameters].some(({ name }) =>
    /^(?:file)?name\*?$/.test(name),
  );

/** Numbers of the parts without parts, as IMAP counts them: `1`, `2.1`. */
export function partNumbers(root: PartStructure): ReadonlyMap<PartStructure, string> {
  const numbers = new Map<PartStructure, string>();
  const number = (part: PartStructure, path: string, depth: number): void => {
    if (part.parts === undefined) numbers.set(part, path === '' ? '1' : path);
    else if (depth < MAX_DEPTH)
      for (const [index, child] of part.parts.entries())
        number(child, path === '' ? `${index + 1}` : `${path}.${index + 1}`, depth + 1);
  };
  number(root, '', 0);
  return numbers;
}
