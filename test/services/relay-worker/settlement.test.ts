import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { Outcome } from '../../../services/relay-worker/outcome.ts';
import { Settlement, type SettlementOptions } from '../../../services/relay-worker/settlement.ts';
import { FenceLost } from '../../../shared/actor/fence.ts';
import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import type { RemoteSpool } from '../../../shared/spool/remote.ts';
import { entryOf } from './entry.ts';

const outcomeNo = (recipientNo: number): Outcome => ({
  kind: 'delivered',
  entry: entryOf({ recipientNo }),
  reply: '250 ok',
  remote: 'mx',
});

/** A settlement over a spool whose `settle` is `settle`; `said` gathers what happened. */
function settlementOver(settle: (numbers: number[], call: number) => void, dsns?: SettlementOptions['dsns']) {
  const said: string[] = [];
  let calls = 0;
  const spool: Pick<RemoteSpool, 'settle'> = {
    async settle(_fence, _destination, outcomes, submissions) {
      const numbers = outcomes.map((outcome) => outcome.entry.recipientNo);
      await Promise.resolve();
      settle(numbers, ++calls);
      said.push(`settled ${numbers.join(',')}${submissions.length > 0 ? ` +${submissions.length}` : ''}`);
    },
  };
  const settlement = new Settlement({
    destination: 'example.org',
    spool: spool as RemoteSpool,
    fence: () => ({ replicaId: 'r' }),
    dsns: dsns ?? (async (outcomes) => ({ outcomes, dsns: [] })),
    settled: (outcomes) => void said.push(`told ${outcomes.length}`),
    fenceLost: () => void said.push('fence lost'),
    log: pino({ level: 'silent' }),
  });
  return { settlement, said };
}

test('settlement: what comes while one is under way is settled together', async () => {
  const { settlement, said } = settlementOver(() => {});
  settlement.add([outcomeNo(1)]);
  settlement.add([outcomeNo(2)]);
  settlement.add([outcomeNo(3), outcomeNo(4)]);
  await settlement.idle();
  assert.deepEqual(said, ['settled 1', 'told 1', 'settled 2,3,4', 'told 3']);
});

test('settlement: it lasts through a database that is away, with the same DSNs', async () => {
  let staged = 0;
  const { settlement, said } = settlementOver(
    (_numbers, call) => {
      if (call < 3) throw new DatabaseUnavailable(new Error('away'));
    },
    async (outcomes) => {
      staged++;
      return { outcomes, dsns: [] };
    },
  );
  settlement.add([outcomeNo(1), outcomeNo(2)]);
  await settlement.idle();
  assert.deepEqual(said, ['settled 1,2', 'told 2']);
  assert.equal(staged, 1);
});

test('settlement: one outcome that is refused does not hold up the others', async () => {
  const { settlement, said } = settlementOver((numbers) => {
    if (numbers.includes(2)) throw new Error('no such thing');
  });
  settlement.add([outcomeNo(1), outcomeNo(2), outcomeNo(3)]);
  while (said.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
  settlement.abandon();
  await settlement.idle();
  assert.deepEqual(said, ['settled 1', 'told 1', 'settled 3', 'told 1']);
});

test('settlement: with the lease gone nothing more is written', async () => {
  const { settlement, said } = settlementOver(() => {
    throw new FenceLost('r');
  });
  settlement.add([outcomeNo(1)]);
  settlement.add([outcomeNo(2)]);
  await settlement.idle();
  assert.deepEqual(said, ['fence lost']);
});
