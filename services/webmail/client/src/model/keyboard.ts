/** Keys as the webmails people know have them; `g i` is one key after the other. */

export type KeyCommand =
  | 'next'
  | 'previous'
  | 'open'
  | 'back'
  | 'compose'
  | 'reply'
  | 'replyAll'
  | 'forward'
  | 'archive'
  | 'delete'
  | 'junk'
  | 'select'
  | 'selectAll'
  | 'selectNone'
  | 'flag'
  | 'read'
  | 'unread'
  | 'move'
  | 'search'
  | 'help'
  | 'undo'
  | 'goInbox'
  | 'goDrafts'
  | 'goSent'
  | 'goArchive'
  | 'goFlagged'
  | 'goTrash'
  | 'goJunk'
  | 'goSettings';

export const KEYS: Readonly<Record<string, KeyCommand>> = {
  j: 'next',
  k: 'previous',
  ArrowDown: 'next',
  ArrowUp: 'previous',
  o: 'open',
  Enter: 'open',
  u: 'back',
  Escape: 'back',
  c: 'compose',
  r: 'reply',
  a: 'replyAll',
  f: 'forward',
  e: 'archive',
  y: 'archive',
  '#': 'delete',
  Delete: 'delete',
  '!': 'junk',
  x: 'select',
  '* a': 'selectAll',
  '* n': 'selectNone',
  s: 'flag',
  I: 'read',
  U: 'unread',
  v: 'move',
  '/': 'search',
  '?': 'help',
  z: 'undo',
  'g i': 'goInbox',
  'g d': 'goDrafts',
  'g t': 'goSent',
  'g a': 'goArchive',
  'g s': 'goFlagged',
  'g #': 'goTrash',
  'g !': 'goJunk',
  'g ,': 'goSettings',
};

/** How long the second key of two may take. */
export const SEQUENCE_MS = 1500;

const PREFIXES = new Set(
  Object.keys(KEYS)
    .filter((key) => key.includes(' '))
    .map((key) => key[0]!),
);

/** Tells the command of each key, given when it was pressed (milliseconds). */
export class KeyReader {
  #prefix: string | undefined;
  #until = 0;

  press(key: string, at: number): KeyCommand | undefined {
    const prefix = at <= this.#until ? this.#prefix : undefined;
    this.#prefix = undefined;
    if (prefix !== undefined) {
      const command = KEYS[`${prefix} ${key}`];
      if (command) return command;
    }
    if (PREFIXES.has(key)) {
      this.#prefix = key;
      this.#until = at + SEQUENCE_MS;
      return undefined;
    }
    return KEYS[key];
  }
}
