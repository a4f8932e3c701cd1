import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SERVICES } from '../../scripts/cluster/services.ts';
import { problems, soak } from '../../scripts/soak/soak.ts';
import { missing } from '../servers.ts';

const SERVERS = ['postgres', 'nats-server', 'redis-server'];
const MESSAGES = 300;

describe('nothing is lost', { skip: missing('postgres', 'nats', 'redis') }, () => {
  test('while each kind of process and each server is killed in turn', { timeout: 300_000 }, async (t) => {
    const report = await soak({
      messages: MESSAGES,
      accounts: 50,
      connections: 20,
      faultMs: 600,
      onProgress: (line) => t.diagnostic(line),
    });
    assert.deepEqual(problems(report), []);
    assert.deepEqual(
      report.faults.map((fault) => fault.fault),
      [...SERVICES.map((service) => `${service}-0`), ...SERVERS].map((name) => `kill -9 ${name}`),
    );
    assert.ok(report.accepted >= MESSAGES, `${report.accepted} accepted`);
    assert.ok(report.delivered >= MESSAGES - report.relayed.accepted, `${report.delivered} delivered`);
    assert.ok(report.expunged > 0, 'uids were given up, so that their return would be seen');
    assert.ok(report.relayed.accepted > 0, 'some went out by the relay');
  });
});
