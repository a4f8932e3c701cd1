import { addressesIn, readAddressPart } from '../address-part.ts';
import type { ArgumentReader } from '../arguments.ts';
import { readIndex } from '../index-tag.ts';
import { readMatcher } from '../match.ts';
import type { Test } from '../program.ts';

/** RFC 5228 §5.1. */
export function addressTest(read: ArgumentReader): Test {
  const part = readAddressPart(read);
  const matcher = readMatcher(read);
  const index = readIndex(read);
  const names = read.strings();
  const keys = read.strings();
  read.end();
  return (run) => {
    const { detailSeparators } = run.context;
    const values = names
      .flatMap((name) => run.header.named(name(run), index))
      .flatMap(addressesIn)
      .map((address) => part(address, detailSeparators))
      .filter((value) => value !== null);
    return matcher.matches(run, values, keys);
  };
}
