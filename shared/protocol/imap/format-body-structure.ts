import type { Parameter, PartStructure } from '../../message/structure.ts';
import { formatEnvelope } from './format-envelope.ts';
import { formatNstring, formatString } from './format-string.ts';

/**
 * BODY (`extended: false`) and BODYSTRUCTURE (`true`) of RFC 3501 §7.4.2, parentheses included. `global`: message/global
 * shows the message inside, as in RFC 9051; to others it is one of many types.
 */
export function formatBodyStructure(part: PartStructure, extended: boolean, global = false): string {
  return part.parts !== undefined && part.parts.length > 0
    ? formatMultipart(part, part.parts, extended, global)
    : formatSinglePart(part, extended, global);
}

function formatMultipart(
  part: PartStructure,
  parts: readonly PartStructure[],
  extended: boolean,
  global: boolean,
): string {
  let text = '(';
  for (const child of parts) text += formatBodyStructure(child, extended, global);
  text += ` ${upper(part.subtype)}`;
  if (extended) text += ` ${formatParameters(part.parameters)} ${formatDisposition(part)}`;
  return `${text})`;
}

function formatSinglePart(part: PartStructure, extended: boolean, global: boolean): string {
  const type = mediaType(part);
  let text = `(${type} ${formatParameters(part.parameters)} ${formatNstring(part.contentId)} ${formatNstring(
    part.description,
  )} ${upper(part.encoding)} ${part.bodyEnd - part.bodyStart}`;
  if ((type === MESSAGE || (global && type === GLOBAL)) && part.message !== undefined) {
    const { envelope, body } = part.message;
    text += ` ${formatEnvelope(envelope)} ${formatBodyStructure(body, extended, global)} ${part.lines}`;
  } else if (type.startsWith('"TEXT"')) text += ` ${part.lines}`;
  if (extended) text += ` ${formatNstring(part.md5)} ${formatDisposition(part)}`;
  return `${text})`;
}

const MESSAGE = '"MESSAGE" "RFC822"';
const GLOBAL = '"MESSAGE" "GLOBAL"';

/**
 * The grammar asks for a body in each multipart and for an envelope in each MESSAGE/RFC822: one that has none is told
 * as what it is to a reader, text or bytes.
 */
function mediaType(part: PartStructure): string {
  if (part.type === 'multipart') return '"TEXT" "PLAIN"';
  const type = `${upper(part.type)} ${upper(part.subtype)}`;
  return type === MESSAGE && part.message === undefined ? '"APPLICATION" "OCTET-STRING"' : type;
}

function formatDisposition(part: PartStructure): string {
  const { disposition, language, location } = part;
  const told =
    disposition === null
      ? 'NIL'
      : `(${formatString(disposition.type)} ${formatParameters(disposition.parameters)})`;
  return `${told} ${formatLanguage(language)} ${formatNstring(location)}`;
}

function formatLanguage(language: readonly string[] | null): string {
  if (language === null || language.length === 0) return 'NIL';
  return language.length === 1 ? formatString(language[0]!) : `(${language.map(formatString).join(' ')})`;
}

function formatParameters(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return 'NIL';
  return `(${parameters.map(({ name, value }) => `${upper(name)} ${formatString(value)}`).join(' ')})`;
}

/** Upper case, as most servers write it: old clients compare with case. */
function upper(value: string): string {
  return formatString(value.toUpperCase());
}
