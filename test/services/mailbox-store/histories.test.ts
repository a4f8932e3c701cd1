import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../shared/mailbox/operations.ts';
import { parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import { type AccountWorld, applyColumns, onBothDatabases, requestId, until, viewOf } from './world.ts';

/** Names the histories of a failed run: SEED=… makes the same choices again. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const CALLERS = 4;
const STEPS = 40;
const NAMES = ['INBOX', 'Sent', 'Archive'];
const WORDS = ['a', 'B', 'b', '$c'];

/** mulberry32. */
function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  };
}

type View = Record<number, [number, string[]]>;

/** A session that reads one mailbox once and then lives on `changes` alone. */
class Follower {
  readonly #account: AccountWorld;
  readonly mailboxId: string;
  view: View = {};
  #modSeq = 0;
  #uidNext = 0;

  constructor(account: AccountWorld, mailboxId: string) {
    this.#account = account;
    this.mailboxId = mailboxId;
  }

  async open(limit: number): Promise<void> {
    let first: number | undefined;
    for (let afterUid = 0, more = true; more; ) {
      const reply = await this.#account.raw('snapshot', { mailboxId: this.mailboxId, afterUid, limit });
      assert.ok(!isRefusal(reply));
      // The MODSEQ of the first page: what changed while the others were read is told again.
      first ??= reply.modSeq;
      applyColumns(this.view, reply.columns);
      afterUid = reply.columns.uids.at(-1) ?? afterUid;
      more = reply.more;
    }
    this.#modSeq = first ?? 0;
  }

  async follow(): Promise<void> {
    for (let more = true; more; ) {
      const request = { mailboxId: this.mailboxId, sinceModSeq: this.#modSeq, claimRecent: false };
      const reply = await this.#account.raw('changes', request);
      assert.ok(!isRefusal(reply));
      assert.ok(
        reply.modSeq >= this.#modSeq && reply.uidNext >= this.#uidNext,
        'MODSEQ and UIDNEXT only rise',
      );
      applyColumns(this.view, reply.columns);
      const gone = parseUidSet(reply.expunged === '' ? '4294967295' : reply.expunged);
      gone?.low.forEach((low, index) => {
        for (let uid = low; uid <= gone.high[index]!; uid++) delete this.view[uid];
      });
      this.#modSeq = reply.modSeq;
      this.#uidNext = reply.uidNext;
      more = reply.more;
    }
  }
}

/** What each mailbox must hold in the end, told from the replies alone. */
class Model {
  /** Messages that were ever put in: `<mailboxId>/<uid>`. */
  readonly born = new Set<string>();
  readonly gone = new Set<string>();
  sent = 0;

  add(mailboxId: string, uids: readonly number[]): void {
    for (const uid of uids) {
      const key = `${mailboxId}/${uid}`;
      assert.ok(!this.born.has(key), `UID ${key} was given out twice`);
      this.born.add(key);
    }
  }

  remove(mailboxId: string, uids: readonly number[]): void {
    for (const uid of uids) {
      const key = `${mailboxId}/${uid}`;
      assert.ok(!this.gone.has(key), `UID ${key} went twice`);
      this.gone.add(key);
    }
  }
}

function uidsOf(set: string): number[] {
  const ranges = set === '' ? undefined : parseUidSet(set);
  if (ranges === undefined) return [];
  return ranges.low.flatMap((low, index) =>
    Array.from({ length: ranges.high[index]! - low + 1 }, (_, offset) => low + offset),
  );
}

async function step(
  account: AccountWorld,
  ids: string[],
  model: Model,
  roll: (sides: number) => number,
): Promise<void> {
  const at = roll(NAMES.length);
  const mailboxId = ids[at]!;
  const low = 1 + roll(30);
  const uids = roll(4) === 0 ? '1:*' : `${low}:${low + roll(6)}`;
  const flags = { system: roll(32), keywords: WORDS.filter(() => roll(3) === 0) };
  switch (roll(8)) {
    case 0:
    case 1: {
      const messages = Array.from({ length: 1 + roll(4) }, () => ({
        emailId: Array.from({ length: 32 }, () => roll(16).toString(16)).join(''),
        size: roll(1_000),
        internalDate: 0,
        flags,
      }));
      const request = { requestId: requestId(), name: NAMES[at]!, messages };
      const [reply, again] = await Promise.all([
        account.raw('append', request),
        account.raw('append', request),
      ]);
      assert.ok(!isRefusal(reply));
      assert.deepEqual(again, reply);
      model.add(mailboxId, reply.uids);
      return;
    }
    case 2:
    case 3: {
      const mode = (['add', 'remove', 'replace'] as const)[roll(3)]!;
      const reply = await account.raw('store', { mailboxId, uids, mode, flags });
      assert.ok(!isRefusal(reply));
      return;
    }
    case 4: {
      const to = roll(NAMES.length);
      const move = roll(2) === 0;
      const request = { requestId: requestId(), from: mailboxId, uids, to: NAMES[to]!, move };
      const reply = await account.raw('copy', request);
      assert.ok(!isRefusal(reply));
      model.add(ids[to]!, reply.targetUids);
      if (move) model.remove(mailboxId, reply.sourceUids);
      return;
    }
    case 5: {
      const reply = await account.raw('expunge', { mailboxId, uids, always: roll(4) === 0 });
      assert.ok(!isRefusal(reply));
      model.remove(mailboxId, uidsOf(reply.expunged));
      return;
    }
    case 6:
      model.sent++;
      await account.send(`message ${roll(1_000_000)}`);
      return;
    default:
      await account.check();
  }
}

onBothDatabases('histories', (world) => {
  for (const history of [0, 1]) {
    const seed = SEED + history;
    test(`who follows the changes sees what is there (SEED=${seed})`, async () => {
      const account = await world().account();
      const ids = await Promise.all(NAMES.map((name) => account.idOf(name)));
      const model = new Model();
      const followers = ids.map((id) => new Follower(account, id));
      for (const follower of followers) await follower.open(3);
      const late: Follower[] = [];

      const caller = async (number: number): Promise<void> => {
        const roll = dice(seed * CALLERS + number);
        for (let count = 0; count < STEPS; count++) {
          await step(account, ids, model, roll);
          if (roll(5) === 0) await followers[number % followers.length]!.follow();
          if (roll(15) === 0) {
            const follower = new Follower(account, ids[roll(ids.length)]!);
            await follower.open(2);
            late.push(follower);
          }
        }
      };
      await Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number)));

      const { kysely } = world().ports.database;
      await until('the spool is empty', async () => {
        const waiting = await kysely
          .selectFrom('spool_local')
          .select('email_id')
          .where('account_id', '=', Number(account.id))
          .execute();
        return waiting.length === 0;
      });
      await account.check();
      for (const follower of [...followers, ...late]) {
        await follower.follow();
        assert.deepEqual(
          follower.view,
          await viewOf(account, follower.mailboxId),
          `mailbox ${follower.mailboxId}`,
        );
      }
      for (const mailboxId of ids) {
        const there = Object.keys(await viewOf(account, mailboxId)).map((uid) => `${mailboxId}/${uid}`);
        const known = there.filter((key) => model.born.has(key));
        for (const key of there) assert.ok(!model.gone.has(key), `${key} went and is there`);
        const expected = [...model.born].filter(
          (key) => key.startsWith(`${mailboxId}/`) && !model.gone.has(key),
        );
        assert.deepEqual(known.sort(), expected.sort());
        const { uidNext } = await account.status(NAMES[ids.indexOf(mailboxId)]!);
        const born = [...model.born].filter((key) => key.startsWith(`${mailboxId}/`)).length;
        const sent = mailboxId === ids[0] ? model.sent : 0;
        assert.equal(uidNext - 1, born + sent, 'a UID for each message that was put in or sent, once');
      }
    });
  }
});
