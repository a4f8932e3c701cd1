import type { Thread } from '../../message/thread.ts';

/**
 * thread-list of RFC 5256 §5, without `* THREAD`. Without recursion: a thread may be as deep as the mailbox is long.
 * @param numberOf sequence number or uid of a message.
 */
export function formatThreads(threads: readonly Thread[], numberOf: (message: number) => number): string {
  const pieces: string[] = [];
  /** What is to be written yet, the next last: text, or a thread without its parentheses. */
  const rest: (string | Thread)[] = [];
  const pushAll = (children: readonly Thread[]): void => {
    for (let at = children.length - 1; at >= 0; at -= 1) rest.push(')', children[at]!, '(');
  };
  pushAll(threads);
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === 'string') {
      pieces.push(next);
      continue;
    }
    if (next.message !== null) pieces.push(String(numberOf(next.message)));
    if (next.children.length > 0 && next.message !== null) pieces.push(' ');
    if (next.children.length === 1) rest.push(next.children[0]!);
    else pushAll(next.children);
  }
  return pieces.join('');
}
