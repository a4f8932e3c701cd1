import { MethodError } from '../method.ts';
import { type BodyProperties, DEFAULT_BODY_PROPERTIES, readBodyProperties } from './body-part.ts';
import { type HeaderProperty, readHeaderProperty } from './header-property.ts';

/** Of each Email, where it is and how it is marked. */
const METADATA = ['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt'] as const;
/** From its header, ready-made. */
const HEADER = [
  'messageId',
  'inReplyTo',
  'references',
  'sender',
  'from',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'subject',
  'sentAt',
] as const;
const BODY = [
  'bodyStructure',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
  'hasAttachment',
  'preview',
  'headers',
] as const;

export type EmailPropertyName = (typeof METADATA)[number] | (typeof HEADER)[number] | (typeof BODY)[number];

const NAMES: ReadonlySet<string> = new Set([...METADATA, ...HEADER, ...BODY]);

/** RFC 8621 §4.2. */
const DEFAULTS = [
  ...METADATA,
  ...HEADER,
  'hasAttachment',
  'preview',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
];
/** RFC 8621 §4.9: those that a message has that is nowhere. */
const PARSE_DEFAULTS = [
  ...HEADER,
  'hasAttachment',
  'preview',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
];

/** What is wanted of emails. */
export interface EmailProperties {
  readonly names: ReadonlySet<EmailPropertyName>;
  readonly headers: readonly HeaderProperty[];
  readonly body: BodyProperties;
  readonly fetchText: boolean;
  readonly fetchHtml: boolean;
  readonly fetchAll: boolean;
  /** 0: no limit. */
  readonly maxBodyValueBytes: number;
}

export interface EmailPropertyArguments {
  readonly properties?: readonly string[] | null;
  readonly bodyProperties?: readonly string[] | null;
  readonly fetchTextBodyValues?: boolean;
  readonly fetchHTMLBodyValues?: boolean;
  readonly fetchAllBodyValues?: boolean;
  readonly maxBodyValueBytes?: number;
}

/** Throws `MethodError`: invalidArguments. */
export function readEmailProperties(args: EmailPropertyArguments, parse = false): EmailProperties {
  const names = new Set<EmailPropertyName>();
  const headers: HeaderProperty[] = [];
  for (const name of args.properties ?? (parse ? PARSE_DEFAULTS : DEFAULTS)) {
    const header = readHeaderProperty(name);
    if (header !== undefined) headers.push(header);
    else if (NAMES.has(name)) names.add(name as EmailPropertyName);
    else throw new MethodError('invalidArguments', `an Email has no property ${name.slice(0, 200)}`);
  }
  return {
    names,
    headers,
    body: readBodyProperties(args.bodyProperties ?? DEFAULT_BODY_PROPERTIES),
    fetchText: args.fetchTextBodyValues ?? false,
    fetchHtml: args.fetchHTMLBodyValues ?? false,
    fetchAll: args.fetchAllBodyValues ?? false,
    maxBodyValueBytes: args.maxBodyValueBytes ?? 0,
  };
}

/** Can all of it be told without opening the message? */
export function needsStructure({ names, headers }: EmailProperties, summarised: boolean): boolean {
  if (headers.length > 0) return true;
  for (const name of names) {
    if ((METADATA as readonly string[]).includes(name)) continue;
    if (summarised && (name === 'preview' || name === 'hasAttachment')) continue;
    return true;
  }
  return false;
}
