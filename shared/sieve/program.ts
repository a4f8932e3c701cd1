import { SieveRunError } from './error.ts';
import { Run, type SieveAction, type SieveContext, type SieveQuestion, Stopped, Unanswered } from './run.ts';

export type Test = (run: Run) => boolean;
export type Command = (run: Run) => void;

/** A script, ready to run. Immutable: one serves any number of messages. */
export interface SieveProgram {
  readonly commands: readonly Command[];
}

export type SieveResult =
  /** Answer the question and run again: nothing has been done. */
  | { readonly asks: SieveQuestion }
  | {
      /** In order, each target once; the implicit keep among them. Empty: discard. */
      readonly actions: readonly SieveAction[];
      /** The header block with what the script changed in it; null: as it was. */
      readonly header: Buffer | null;
      /** Keys of `duplicate` to remember once the message is delivered, and for how many seconds. */
      readonly tracked: ReadonlyMap<string, number>;
      /** Why the script failed; the message is kept then, and nothing else is done (RFC 5228 §2.10.6). */
      readonly failure: string | null;
    };

/** Runs a script over a message. Pure: the same context gives the same result, so a run may be begun anew. */
export function runSieve(program: SieveProgram, context: SieveContext): SieveResult {
  const run = new Run({ ...context, header: context.header.copy() });
  try {
    try {
      for (const command of program.commands) command(run);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  } catch (error) {
    if (error instanceof Unanswered) return { asks: error.question };
    if (!(error instanceof SieveRunError)) throw error;
    const actions = [{ kind: 'keep' as const, flags: [] }];
    return { actions, header: null, tracked: new Map(), failure: error.message };
  }
  const actions = run.implicitKeep
    ? [...run.actions, { kind: 'keep' as const, flags: run.flags }]
    : run.actions;
  return {
    actions: distinct(actions),
    header: run.header.edited ? run.header.bytes() : null,
    tracked: run.tracked,
    failure: null,
  };
}

/** RFC 5228 §2.10.3: a message goes to one place once; the flags of the last say count. */
function distinct(actions: readonly SieveAction[]): SieveAction[] {
  const byTarget = new Map<string, SieveAction>();
  for (const action of actions) byTarget.set(targetOf(action), action);
  return [...byTarget.values()];
}

function targetOf(action: SieveAction): string {
  switch (action.kind) {
    case 'fileinto':
      return JSON.stringify([action.mailbox, action.specialUse]);
    case 'redirect':
      return `redirect ${action.address.toLowerCase()}`;
    default:
      return action.kind;
  }
}
