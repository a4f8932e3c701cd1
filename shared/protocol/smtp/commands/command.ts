import type { ServerDialogue } from '../server-dialogue.ts';
import type { ServerEvent } from '../server-events.ts';
import { replies } from '../server-replies.ts';

/** One command line, cut. */
export interface CommandLine {
  /** Upper case. */
  readonly verb: string;
  /** What follows the verb, without blanks at its ends. */
  readonly argument: string;
  /** UTF-8 beyond ASCII is in it (RFC 6531). */
  readonly utf8: boolean;
}

/**
 * Carries a command out: by an event that the session answers, or by a reply of its own. An argument is judged before the order
 * of commands: RFC 5321 does not say which; who corrects both gets there either way.
 */
export type Command = (server: ServerDialogue, line: CommandLine) => ServerEvent | undefined;

/** A command that takes no argument. */
export function bare(carryOut: (server: ServerDialogue) => ServerEvent | undefined): Command {
  return (server, { argument }) =>
    argument === '' ? carryOut(server) : server.wrong(replies.argumentUnexpected);
}
