import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '../../../services/smtp-ingress/envelope.ts';
import { allOf } from '../../../services/smtp-ingress/policies/all-of.ts';
import type { ConnectionPolicy, EndOfDataAnswer, Policy } from '../../../services/smtp-ingress/policy.ts';
import { reply } from '../../../shared/protocol/smtp/server-reply.ts';

const CLIENT = ['smtp', {}, { clientDomain: '' }] as unknown as Parameters<Policy>;
const ENVELOPE = {} as Envelope;
const NO = reply(550, '5.7.1', 'No');
const HOOKS = ['connect', 'mail', 'rcpt', 'data', 'endOfData'] as const;

/** As a class, since its hooks stand on the prototype. */
class Watching implements ConnectionPolicy {
  readonly #name: string;
  readonly #seen: string[];
  constructor(name: string, seen: string[]) {
    this.#name = name;
    this.#seen = seen;
  }
  content(chunk: Uint8Array): void {
    this.#seen.push(`${this.#name} ${Buffer.from(chunk)}`);
  }
  async traceFields(): Promise<string> {
    return `X: ${this.#name}\r\n`;
  }
  reset(): void {
    this.#seen.push(`${this.#name} reset`);
  }
  closed(): void {
    this.#seen.push(`${this.#name} closed`);
  }
}

test('the first refusal stands, and none is asked after it', async () => {
  for (const hook of HOOKS) {
    const asked: string[] = [];
    const saying = (name: string, answer?: typeof NO) => () => ({
      [hook]: (...args: unknown[]) => {
        asked.push(`${name} ${args.length}`);
        return name === 'late' ? Promise.resolve(answer) : answer;
      },
    });
    const policy = allOf(
      saying('early'),
      saying('late', NO),
      saying('never', reply(421, '4.3.0', 'x')),
    )(...CLIENT);
    const ask = policy[hook] as (...args: unknown[]) => unknown;
    assert.equal(await ask(ENVELOPE, 'x'), NO, hook);
    const given = hook === 'endOfData' ? 1 : 2;
    assert.deepEqual(asked, [`early ${given}`, `late ${given}`]);
    assert.deepEqual(
      HOOKS.filter((other) => policy[other] !== undefined),
      [hook],
    );
  }
});

test('of a whole message: a refusal stands, else dropping it goes before quarantine, and all are asked', async () => {
  const quarantine = { quarantine: 'q' };
  const discard = { discard: 'd' };
  const cases: [readonly EndOfDataAnswer[], EndOfDataAnswer][] = [
    [[undefined, quarantine, undefined], quarantine],
    [[quarantine, discard, { quarantine: 'later' }], discard],
    [[{ discard: 'd' }, NO, discard], NO],
    [[quarantine, { quarantine: 'later' }], quarantine],
    [[undefined, undefined], undefined],
  ];
  for (const [answers, expected] of cases) {
    const policy = allOf(...answers.map((answer) => () => ({ endOfData: async () => answer })))(...CLIENT);
    assert.equal(await policy.endOfData!(ENVELOPE), expected);
  }
});

test('no objection of any is none', async () => {
  const none = () => ({ mail: () => undefined });
  assert.equal(await allOf(none, none)(...CLIENT).mail!(ENVELOPE), undefined);
});

test('all see the content, their fields stand in order, all hear of the end', async () => {
  const seen: string[] = [];
  const policy = allOf(
    () => new Watching('a', seen),
    () => ({}),
    () => new Watching('b', seen),
  )(...CLIENT);
  await policy.content!(Buffer.from('c'));
  assert.equal(await policy.traceFields!(ENVELOPE), 'X: a\r\nX: b\r\n');
  policy.reset!();
  policy.closed!();
  assert.deepEqual(seen, ['a c', 'b c', 'a reset', 'b reset', 'a closed', 'b closed']);
});

test('what no policy has costs nothing; one alone is itself', () => {
  assert.deepEqual(allOf()(...CLIENT), {});
  assert.deepEqual(
    allOf(
      () => ({}),
      () => ({}),
    )(...CLIENT),
    {},
  );
  const only = new Watching('a', []);
  assert.equal(
    allOf(
      () => ({}),
      () => only,
    )(...CLIENT),
    only,
  );
});
