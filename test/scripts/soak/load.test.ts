import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identify, makeLedger } from '../../../scripts/soak/ledger.ts';
import { startLoad } from '../../../scripts/soak/load.ts';
import { startSink } from '../../../scripts/soak/smtp-sink.ts';

test('what the load sends arrives byte for byte, and the books know it', async () => {
  const sink = await startSink();
  const ledger = makeLedger('test');
  const load = startLoad({
    ledger,
    connections: 5,
    port: sink.port,
    reversePath: 'a@load.test',
    recipients: (number) => [`r${number % 3}@load.test`],
  });
  try {
    await load.send(60, 50);
    assert.equal(ledger.accepted(), 60);
    for (const entry of ledger.entries.values())
      assert.deepEqual(sink.arrivals.get(entry.messageId), [entry.sha256]);
  } finally {
    await load.stop();
    await sink.stop();
  }
});

test('a server that goes away and comes back: what was not accepted is sent under another id', async () => {
  let sink = await startSink();
  const { port } = sink;
  const ledger = makeLedger('test');
  const load = startLoad({
    ledger,
    connections: 3,
    port,
    reversePath: 'a@load.test',
    recipients: () => ['r@load.test'],
  });
  const before = sink.arrivals;
  try {
    await load.send(5, 0);
    await sink.stop();
    const sending = load.send(5, 0);
    sink = await startSink(port);
    await sending;
    assert.equal(ledger.accepted(), 10);
    assert.ok([...load.setbacks.keys()].some((text) => text.startsWith('connection:')));
    for (const entry of ledger.entries.values())
      assert.equal(before.has(entry.messageId) || sink.arrivals.has(entry.messageId), entry.accepted);
  } finally {
    await load.stop();
    await sink.stop();
  }
});

test('trace fields before a message are told from the message; anything else is not clean', () => {
  const { bytes, entry } = makeLedger('test').make(['r@load.test'], 'a@load.test');
  const trace = Buffer.from('Return-Path: <a@load.test>\r\nReceived: from x\r\n\tby y; Mon\r\n');
  const same = { messageId: entry.messageId, sha256: entry.sha256, cleanPrefix: true };
  assert.deepEqual(identify(Buffer.concat([trace, bytes])), same);
  assert.deepEqual(identify(bytes), same);
  assert.equal(identify(Buffer.concat([Buffer.from('X-Spam: no\r\n'), bytes])).cleanPrefix, false);
  const altered = Buffer.from(bytes);
  altered[altered.length - 3] = 0x21;
  assert.notEqual(identify(altered).sha256, entry.sha256);
  assert.notEqual(identify(bytes.subarray(0, -2)).sha256, entry.sha256);
});
