import { changedTypes } from '../../../../shared/mailbox/object-changes.ts';
import type { AccountId, ModSeq } from '../../../../shared/mailbox/types.ts';
import type { Webmail } from '../../webmail.ts';

/** What is pushed (RFC 8620 §7.1). */
export interface StateChange {
  readonly '@type': 'StateChange';
  readonly changed: Readonly<Record<AccountId, Readonly<Record<string, string>>>>;
  /** The state it tells, by which a client goes on after a pause. */
  readonly modSeq: ModSeq;
}

/** Changes that come close together are told together. */
const GATHER_MS = 100;
/** Behind the events of the bus, which may be lost. */
const LOOK_MS = 30_000;

/** Every type that a client can be told of. */
export const PUSHED_TYPES: ReadonlySet<string> = new Set([
  'Mailbox',
  'Email',
  'EmailDelivery',
  'Thread',
  'Identity',
  'EmailSubmission',
  'VacationResponse',
]);

export interface StateWatch {
  /** The account's MODSEQ that the client has been told. */
  readonly modSeq: ModSeq;
  end(): void;
}

/**
 * Tells of each change of an account's state, of these types alone (null: all), from `since` on, or from now. A change is read from the
 * database; the event of the bus only says when to look.
 */
export async function watchStates(
  { ports, emails }: Webmail,
  account: AccountId,
  types: ReadonlySet<string> | null,
  since: ModSeq | undefined,
  tell: (change: StateChange) => void,
): Promise<StateWatch> {
  let known = since;
  let dirty = false;
  let looking = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    dirty = true;
    if (looking || timer !== undefined || ended) return;
    looking = true;
    try {
      while (dirty && !ended) {
        dirty = false;
        const { modSeq } = await emails.state(account);
        if (known === undefined) known = modSeq;
        if (modSeq <= known) continue;
        const changed = await typesChanged(known, modSeq);
        known = modSeq;
        if (Object.keys(changed).length > 0 && !ended)
          tell({ '@type': 'StateChange', changed: { [account]: changed }, modSeq });
      }
    } catch (error) {
      ports.log.debug({ err: error }, 'a state could not be looked at');
    } finally {
      looking = false;
      if (!ended)
        timer = setTimeout(() => {
          timer = undefined;
          if (dirty) void look();
        }, GATHER_MS);
    }
  };

  const typesChanged = async (from: ModSeq, to: ModSeq): Promise<Record<string, string>> => {
    const state = String(to);
    const wanted = (type: string): boolean => types === null || types.has(type);
    const changed: Record<string, string> = {};
    for (const type of ['Mailbox', 'Email', 'Thread']) if (wanted(type)) changed[type] = state;
    for (const type of await changedTypes(ports.database, account, from))
      if (wanted(type)) changed[type] = state;
    if (wanted('EmailDelivery') && (await emails.arrivedSince(account, from))) changed.EmailDelivery = state;
    return changed;
  };

  const unwatch = await ports.mailboxes.watch(account, () => void look());
  const interval = setInterval(() => void look(), LOOK_MS);
  await look();
  return {
    get modSeq() {
      return known ?? 0;
    },
    end() {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      clearInterval(interval);
      unwatch();
    },
  };
}
