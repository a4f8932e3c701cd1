/** Message-IDs (RFC 5322 §3.6.4) as threading compares them (RFC 5256 §3). */

/** Most IDs kept of one field. */
export const MAX_REFERENCES = 100;
/** A longer one is no Message-ID: RFC 5322 §2.1.1 ends lines at 998. */
const MAX_MESSAGE_ID = 998;

/** Every "<left@right>" of a References or In-Reply-To value, in order, quoting in the left side undone where needless. */
export function messageIds(value: string): string[] {
  const ids: string[] = [];
  let at = 0;
  for (;;) {
    const start = value.indexOf('<', at);
    if (start < 0) return ids;
    const end = value.indexOf('>', start);
    if (end < 0) return ids;
    const id = normalize(value.slice(value.lastIndexOf('<', end) + 1, end));
    if (id !== null) ids.push(id);
    at = end + 1;
  }
}

/** The ID of a Message-ID value, normalized; null when it has none. */
export function messageId(value: string | null): string | null {
  return value === null ? null : (messageIds(value)[0] ?? null);
}

function normalize(inside: string): string | null {
  if (inside.length > MAX_MESSAGE_ID) return null;
  const id = inside.replace(/[ \t]/g, '');
  const at = id.lastIndexOf('@');
  if (at <= 0 || at === id.length - 1) return null;
  let left = id.slice(0, at);
  if (left.length > 2 && left.startsWith('"') && left.endsWith('"')) {
    const bare = left.slice(1, -1).replace(/\\(.)/g, '$1');
    if (/^[^\s"(),:;<>@[\\\]]+$/.test(bare)) left = bare;
  }
  return `<${left}@${id.slice(at + 1)}>`;
}

/** The first (the thread's root) and the latest, when there are more than are kept. */
export function boundReferences(ids: readonly string[]): readonly string[] {
  return ids.length <= MAX_REFERENCES ? ids : [ids[0]!, ...ids.slice(1 - MAX_REFERENCES)];
}
