import { Cursor, ImapSyntaxError } from './cursor.ts';
import type { LiteralHeader } from './literal-header.ts';
import { readMailbox } from './mailbox-name.ts';
import { STAR } from './sequence-set.ts';

/** Where the messages of an APPEND, or the one of a REPLACE (RFC 8508), go. */
export type AppendTarget =
  | { readonly command: 'APPEND'; readonly mailbox: string }
  /** `message`: the one replaced, by uid or by sequence number; `STAR`: the last. */
  | {
      readonly command: 'REPLACE';
      readonly mailbox: string;
      readonly uid: boolean;
      readonly message: number;
    };

/** Of a line, so many bytes are looked at for the command's name. */
const HEAD_BYTES = 1_024;

/** True when the command that begins with this line may be an APPEND or a REPLACE. */
export function isAppend(line: Buffer): boolean {
  return /^[^ ]+ (?:APPEND|(?:UID )?REPLACE) /i.test(line.toString('latin1', 0, HEAD_BYTES));
}

/**
 * What a command says before its first message; `literal`: what its bytes so far end with. Null: that literal is not a
 * message but the mailbox' name. Throws `ImapSyntaxError`.
 */
export function readAppendTarget(
  bytes: Buffer,
  literal: LiteralHeader | null,
  utf8 = false,
): { readonly tag: string; readonly target: AppendTarget; readonly cursor: Cursor } | null {
  const cursor = new Cursor(bytes, 0, utf8);
  const tag = cursor.tag();
  cursor.space();
  let command = cursor.optionalKeyword();
  const uid = command === 'UID';
  if (uid) {
    cursor.space();
    command = cursor.optionalKeyword();
  }
  if (command !== 'REPLACE' && (command !== 'APPEND' || uid)) throw new ImapSyntaxError('Unknown command');
  cursor.space();
  const message = command === 'REPLACE' ? readMessage(cursor) : 0;
  if (cursor.position === literal?.start) return null;
  const mailbox = readMailbox(cursor);
  const target: AppendTarget =
    command === 'APPEND' ? { command, mailbox } : { command: 'REPLACE', mailbox, uid, message };
  return { tag, target, cursor };
}

function readMessage(cursor: Cursor): number {
  const message = cursor.take('*') ? STAR : cursor.nonZeroNumber();
  cursor.space();
  return message;
}
