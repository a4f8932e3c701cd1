// Loaded into a process by NODE_OPTIONS=--import: its wall clock is wrong by the milliseconds that stand in CLOCK_OFFSET_FILE.
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_OFFSET_FILE ?? '';
const RealDate = Date;
let offset = 0;
setInterval(() => {
  try {
    offset = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    offset = 0;
  }
}, 200).unref();

const now = (): number => RealDate.now() + offset;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given) =>
    given.length === 0 ? new target(now()) : Reflect.construct(target, given, target),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
