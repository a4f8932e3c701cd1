import { parseAddressList } from '../../message/address.ts';
import type { ArgumentReader } from '../arguments.ts';
import { SieveRunError } from '../error.ts';
import { MAX_REDIRECTS } from '../limits.ts';
import type { Command } from '../program.ts';

/** RFC 5228 §4.2, with :copy (RFC 3894). */
export function redirect(read: ArgumentReader): Command {
  const copy = read.tag('copy', 'copy');
  const address = read.string();
  read.end();
  return (run) => {
    const written = address(run);
    const [one, ...more] = parseAddressList(written);
    if (!one?.mailbox || !one.host || more.length > 0) throw new SieveRunError('redirect needs one address');
    if (run.actions.filter(({ kind }) => kind === 'redirect').length >= MAX_REDIRECTS)
      throw new SieveRunError('too many redirects');
    run.act({ kind: 'redirect', address: `${one.mailbox}@${one.host}` });
    if (!copy) run.implicitKeep = false;
  };
}
