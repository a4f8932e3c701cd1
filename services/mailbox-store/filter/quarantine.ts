import type { SieveAction } from '../../../shared/sieve/run.ts';
import type { Target } from './file-message.ts';

/** The mailbox for what is not to be trusted: the one of that use, else the one of that name, made when there is none. */
export function junk(flags: readonly string[]): Target {
  return { kind: 'fileinto', mailbox: 'Junk', flags, create: true, specialUse: 'Junk' };
}

/**
 * What becomes of a script's actions for a message in quarantine. A mailbox that the script names holds, and so does discard;
 * to keep means to keep in Junk. Nothing goes out because of it: its sender is most likely not who wrote it, and
 * others should not get it from us. What was to go out stays, in Junk.
 */
export function quarantined(actions: readonly SieveAction[]): readonly SieveAction[] {
  const files = actions.flatMap((action): SieveAction[] =>
    action.kind === 'keep' ? [junk(action.flags)] : action.kind === 'fileinto' ? [action] : [],
  );
  const held = actions.some(({ kind }) => kind === 'redirect' || kind === 'reject');
  return held && files.length === 0 ? [junk([])] : files;
}
