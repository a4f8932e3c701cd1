/** RFC 8461 §3.2. */
export interface StsPolicy {
  /** Of the TXT record with which it was found. */
  readonly id: string;
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Names, or `*.example.org`; lower case. */
  readonly mx: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

/** RFC 8461 §3.2: a year, more counts as that. */
const MAX_AGE_S = 31_557_600;
/** Far more than a domain has. */
const MAX_PATTERNS = 100;

/** The policy's id in the TXT records of `_mta-sts.<domain>`; null: no, or no single valid record (§3.1). */
export function readStsRecord(records: readonly string[]): string | null {
  const ours = records.filter((record) => /^v=STSv1[ \t]*;/.test(record));
  if (ours.length !== 1) return null;
  const fields = ours[0]!.split(';').map((field) => field.trim());
  const id = fields.find((field) => field.startsWith('id='))?.slice(3);
  return id !== undefined && /^[A-Za-z0-9]{1,32}$/.test(id) ? id : null;
}

/** A policy's text; null: it is not valid. Of a field that occurs twice the first counts, unknown ones are passed over. */
export function readStsPolicy(text: string, id: string): StsPolicy | null {
  const fields = new Map<string, string>();
  const mx: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon === -1) {
      if (line.trim() !== '') return null;
      continue;
    }
    const key = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (key === 'mx') mx.push(value.toLowerCase().replace(/\.$/, ''));
    else if (!fields.has(key)) fields.set(key, value);
  }
  const mode = fields.get('mode');
  const maxAge = fields.get('max_age') ?? '';
  if (fields.get('version') !== 'STSv1' || !/^\d{1,10}$/.test(maxAge)) return null;
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return null;
  if (mx.length > MAX_PATTERNS || !mx.every(isPattern) || (mode !== 'none' && mx.length === 0)) return null;
  return { id, mode, mx, maxAge: Math.min(Number(maxAge), MAX_AGE_S) };
}

function isPattern(pattern: string): boolean {
  const labels = pattern.replace(/^\*\./, '').split('.');
  return labels.every((label) => /^[a-z0-9_-]{1,63}$/.test(label) || /^[^\u0000-\u007f]+$/.test(label));
}

/** §4.1: a wildcard stands for exactly one label. */
export function isAmong(exchanger: string, patterns: readonly string[]): boolean {
  const name = exchanger.toLowerCase().replace(/\.$/, '');
  const parent = name.slice(name.indexOf('.') + 1);
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? name.includes('.') && parent === pattern.slice(2) : pattern === name,
  );
}

/** As it stands in a report (RFC 8460 §4.4). */
export function policyLines({ mode, mx, maxAge }: StsPolicy): string[] {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((name) => `mx: ${name}`), `max_age: ${maxAge}`];
}
