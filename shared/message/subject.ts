import { trimBlanks } from './header.ts';

/** The base subject of RFC 5256 §2.1, by which SORT and THREAD compare. */

export interface BaseSubject {
  readonly base: string;
  /** A reply or forward marker was taken off. */
  readonly isReplyOrForward: boolean;
}

/** Subjects are read up to here, so that time is bounded; RFC 5322 §2.1.1 ends lines at 998. */
const MAX_SUBJECT = 4096;

/** @param subject decoded (`decodeWords`) and unfolded. Time grows with its length only. */
export function baseSubject(subject: string): BaseSubject {
  let text = subject.slice(0, MAX_SUBJECT).replace(/[ \t\r\n]+/g, ' ');
  let isReplyOrForward = false;
  for (;;) {
    // (2) trailers
    for (;;) {
      text = trimBlanks(text);
      if (!text.toLowerCase().endsWith('(fwd)')) break;
      text = text.slice(0, -5);
      isReplyOrForward = true;
    }
    // (3) to (5) leaders, and blobs unless nothing is left behind them
    let at = 0;
    for (;;) {
      while (text[at] === ' ') at++;
      let lastBlobOnly = at;
      let end = at;
      for (let next = blobEnd(text, end); next > end; next = blobEnd(text, end)) {
        if (next < text.length) lastBlobOnly = next;
        end = next;
      }
      const leader = leaderEnd(text, end);
      if (leader > end) {
        isReplyOrForward = true;
        at = leader;
      } else if (lastBlobOnly > at) at = lastBlobOnly;
      else break;
    }
    text = text.slice(at);
    // (6) "[fwd: …]"
    if (!/^\[fwd:/i.test(text) || !text.endsWith(']')) return { base: text, isReplyOrForward };
    text = text.slice(5, -1);
    isReplyOrForward = true;
  }
}

/** Past "[blob]" and the blanks after it, or `at`. */
function blobEnd(text: string, at: number): number {
  if (text[at] !== '[') return at;
  let end = at + 1;
  while (end < text.length && text[end] !== '[' && text[end] !== ']') end++;
  if (text[end] !== ']') return at;
  end++;
  while (text[end] === ' ') end++;
  return end;
}

/** Past "re:", "fw:", "fwd:" with a blob before the colon or not, or `at`. */
function leaderEnd(text: string, at: number): number {
  const marker = /^(?:re|fwd?)(?![A-Za-z])/i.exec(text.slice(at, at + 4));
  if (marker === null) return at;
  let end = at + marker[0].length;
  while (text[end] === ' ') end++;
  end = blobEnd(text, end);
  return text[end] === ':' ? end + 1 : at;
}
