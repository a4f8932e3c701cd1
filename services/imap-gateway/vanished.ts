import type { ResponseWriter } from '../../shared/protocol/imap/response-writer.ts';
import { formatRanges, type Ranges } from '../../shared/protocol/imap/sequence-set.ts';

/** Ranges of one response: lines stay short enough for any client. */
const RANGES_A_RESPONSE = 500;

/** RFC 7162 §3.2.10 */
export function tellVanished(out: ResponseWriter, uids: Ranges, earlier: '(EARLIER) ' | ''): void {
  for (let at = 0; at < uids.length; at += RANGES_A_RESPONSE)
    out.line(`* VANISHED ${earlier}${formatRanges(uids.slice(at, at + RANGES_A_RESPONSE))}`);
}
