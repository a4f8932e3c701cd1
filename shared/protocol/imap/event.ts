import type { AppendTarget } from './append-target.ts';
import type { Command } from './command.ts';
import type { AppendMessage } from './commands/append.ts';

/** What the engine tells the session. */
export type ImapEvent =
  /** Answer with `tagged`, `idle` or `challenge`. */
  | { readonly type: 'command'; readonly tag: string; readonly command: Command }
  /** Answer with `tagged` (BAD). `tag` `*`: none could be read. */
  | { readonly type: 'invalid'; readonly tag: string; readonly text: string }
  /** A message of an APPEND or REPLACE begins (`first`: the command's first). Answer with `proceed` or `refuseAppend`. */
  | {
      readonly type: 'append';
      readonly tag: string;
      readonly target: AppendTarget;
      readonly message: AppendMessage;
      readonly first: boolean;
    }
  /** So many bytes of the message are announced. Answer with `proceed` or `refuseAppend`. */
  | { readonly type: 'append-literal'; readonly size: number }
  /** Those bytes, in order. Needs no answer; `refuseAppend` may be one. */
  | { readonly type: 'append-data'; readonly chunk: Buffer; readonly last: boolean }
  /** What the URL names is the next part of the message (RFC 4469). Answer with `proceed` or `refuseAppend`. */
  | { readonly type: 'append-url'; readonly url: string }
  /** The command is complete. Answer with `tagged`. */
  | { readonly type: 'append-end'; readonly tag: string }
  /** The answer to a challenge, its line end removed. Answer with `challenge` or `tagged`. */
  | { readonly type: 'response'; readonly text: string }
  /** DONE. Answer with `tagged`. */
  | { readonly type: 'done' };
