/** A sequence set over uids (RFC 9051 §9), runs joined: `3:5,9`. */
export function uidSet(uids: readonly number[]): string {
  const sorted = [...uids].sort((a, b) => a - b);
  const runs: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let last = at;
    while (sorted[last + 1] === sorted[last]! + 1) last++;
    runs.push(last === at ? `${sorted[at]}` : `${sorted[at]}:${sorted[last]}`);
    at = last + 1;
  }
  return runs.join(',');
}
