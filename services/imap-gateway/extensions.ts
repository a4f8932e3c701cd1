/** What a client may turn on with ENABLE (RFC 5161), by its name in upper case: the name that ENABLED tells. */
export const ENABLEABLE = {
  CONDSTORE: 'CONDSTORE',
  IMAP4REV2: 'IMAP4rev2',
  QRESYNC: 'QRESYNC',
  UIDONLY: 'UIDONLY',
  'UTF8=ACCEPT': 'UTF8=ACCEPT',
} as const;

export type Extension = keyof typeof ENABLEABLE;

/** Those that work: ENABLE passes over the others as over names it never heard of. */
export const ENABLED_HERE: ReadonlySet<string> = new Set<Extension>([
  'CONDSTORE',
  'IMAP4REV2',
  'QRESYNC',
  'UIDONLY',
  'UTF8=ACCEPT',
]);

export const NONE_ENABLED: ReadonlySet<Extension> = new Set();
