import { MethodError } from '../method.ts';

export type HeaderForm = 'Raw' | 'Text' | 'Addresses' | 'GroupedAddresses' | 'MessageIds' | 'Date' | 'URLs';

/** `header:{name}:as{form}:all` (RFC 8621 §4.1.3). */
export interface HeaderProperty {
  /** As it was asked for. */
  readonly property: string;
  /** As written in the property, for a message that is made. */
  readonly fieldName: string;
  /** Lower case. */
  readonly name: string;
  readonly form: HeaderForm;
  readonly all: boolean;
}

const PROPERTY =
  /^header:([!-9;-~]{1,200})(?::as(Raw|Text|Addresses|GroupedAddresses|MessageIds|Date|URLs))?(:all)?$/;

/** Forms that a field of RFC 5322 and RFC 2369 has beside Raw (RFC 8621 §4.1.2); other fields have all. */
const FORMS: Readonly<Record<string, readonly HeaderForm[]>> = Object.fromEntries(
  (
    [
      [
        [
          'from',
          'sender',
          'reply-to',
          'to',
          'cc',
          'bcc',
          'resent-from',
          'resent-sender',
          'resent-reply-to',
          'resent-to',
          'resent-cc',
          'resent-bcc',
        ],
        ['Addresses', 'GroupedAddresses'],
      ],
      [['subject', 'comments', 'keywords', 'list-id'], ['Text']],
      [['message-id', 'in-reply-to', 'references', 'resent-message-id'], ['MessageIds']],
      [['date', 'resent-date'], ['Date']],
      [
        ['list-help', 'list-unsubscribe', 'list-subscribe', 'list-post', 'list-owner', 'list-archive'],
        ['URLs'],
      ],
      [['return-path', 'received'], []],
    ] as [string[], HeaderForm[]][]
  ).flatMap(([names, forms]) => names.map((name) => [name, forms])),
);

/** Undefined: it is no header property. Throws `MethodError` for a form that the field does not have. */
export function readHeaderProperty(property: string): HeaderProperty | undefined {
  if (!property.startsWith('header:')) return undefined;
  const match = PROPERTY.exec(property);
  if (match === null)
    throw new MethodError('invalidArguments', `${property.slice(0, 200)} is no header property`);
  const fieldName = match[1]!;
  const name = fieldName.toLowerCase();
  const form = (match[2] ?? 'Raw') as HeaderForm;
  const allowed = Object.hasOwn(FORMS, name) ? FORMS[name]! : undefined;
  if (form !== 'Raw' && allowed !== undefined && !allowed.includes(form))
    throw new MethodError('invalidArguments', `${name} cannot be read as ${form}`);
  return { property, fieldName, name, form, all: match[3] !== undefined };
}
