import { parseAddressList } from '../../message/address.ts';
import type { ArgumentReader } from '../arguments.ts';
import { SieveRunError } from '../error.ts';
import type { Command } from '../program.ts';
import { mayReply } from '../vacation-reply.ts';

const DAY = 86_400;
/** RFC 5230 §4.1 leaves the default to us; RFC 6131 §2 lets us raise what is too short. */
const DEFAULT_SECONDS = 7 * DAY;
const MIN_SECONDS = 60;
const MAX_SECONDS = 365 * DAY;

/** RFC 5230, RFC 6131. */
export function vacation(read: ArgumentReader): Command {
  read.need('vacation');
  const days = read.tagNumber('days');
  const seconds = read.tagNumber('seconds', 'vacation-seconds');
  if (days !== undefined && seconds !== undefined) read.fail(':days and :seconds exclude one another');
  const subject = read.tagString('subject');
  const from = read.tagString('from');
  const addresses = read.tagStrings('addresses') ?? [];
  const mime = read.tag('mime');
  const handle = read.tagString('handle');
  const reason = read.string();
  read.end();
  const every = days !== undefined ? Math.max(1, days) * DAY : (seconds ?? DEFAULT_SECONDS);
  return (run) => {
    if (run.actions.some(({ kind }) => kind === 'vacation' || kind === 'reject'))
      throw new SieveRunError('vacation stands once, and not beside reject');
    const own = [...run.context.addresses, ...addresses.map((address) => address(run))];
    if (!mayReply(run.header, run.context.reversePath, own)) return;
    const reply = {
      reason: reason(run),
      subject: subject?.(run) ?? null,
      from: ownFrom(from?.(run), run.context.addresses),
      mime,
    };
    run.act({
      kind: 'vacation',
      ...reply,
      seconds: Math.min(Math.max(every, MIN_SECONDS), MAX_SECONDS),
      // RFC 5230 §4.2: without a handle, other words are another reply.
      handle: handle?.(run) ?? JSON.stringify(reply),
    });
  };
}

/** `:from` as it was written when it names an address of the account; another's would be forged (RFC 5230 §4.3). */
function ownFrom(written: string | undefined, own: readonly string[]): string | null {
  if (written === undefined) return null;
  const [one] = parseAddressList(Buffer.from(written).toString('latin1'));
  const address = `${one?.mailbox}@${one?.host}`.toLowerCase();
  return own.some((each) => each.toLowerCase() === address) ? written : null;
}
