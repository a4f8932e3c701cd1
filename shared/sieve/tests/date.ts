import { type MessageDate, parseDate } from '../../message/date.ts';
import type { ArgumentReader } from '../arguments.ts';
import { datePart, isDatePart, zoneMinutes } from '../date-part.ts';
import { readIndex } from '../index-tag.ts';
import { readMatcher } from '../match.ts';
import type { Test } from '../program.ts';

/** RFC 5260 §4: the date in a field. Without :zone it is told in UTC, the zone of the server. */
export function dateTest(read: ArgumentReader): Test {
  read.need('date');
  const zone = readZone(read);
  const original = read.tag('originalzone');
  if (original && zone !== undefined) read.fail(':zone and :originalzone exclude one another');
  const matcher = readMatcher(read);
  const index = readIndex(read);
  const name = read.string();
  const part = readPart(read);
  const keys = read.strings();
  read.end();
  return (run) => {
    const date = run.header.named(name(run), index).map(({ value }) => dateIn(value))[0] ?? null;
    if (date === null) return matcher.matches(run, [], keys);
    const minutes = original ? date.zoneMinutes : (zone ?? 0);
    return matcher.matches(run, [datePart(part, date.unixMs, minutes)], keys);
  };
}

/** RFC 5260 §5. */
export function currentDateTest(read: ArgumentReader): Test {
  read.need('date');
  const zone = readZone(read) ?? 0;
  const matcher = readMatcher(read);
  const part = readPart(read);
  const keys = read.strings();
  read.end();
  return (run) => matcher.matches(run, [datePart(part, run.context.now, zone)], keys);
}

/** Received and the like have their date behind the last semicolon. */
function dateIn(value: string): MessageDate | null {
  return parseDate(value.slice(value.lastIndexOf(';') + 1));
}

function readZone(read: ArgumentReader): number | undefined {
  const text = read.tagConstant('zone');
  if (text === undefined) return undefined;
  return zoneMinutes(text) ?? read.fail(':zone needs an offset as +0130');
}

function readPart(read: ArgumentReader): string {
  const part = read.constant().toLowerCase();
  return isDatePart(part) ? part : read.fail(`"${part.slice(0, 20)}" is no part of a date`);
}
