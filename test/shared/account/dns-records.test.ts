import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnsRecords } from '../../../shared/account/dns-records.ts';
import { readConfig } from '../../../shared/runtime/config.ts';

test('reports are asked for where they are read, which another domain has to agree to', () => {
  const reporting = (settings: Record<string, string>) =>
    dnsRecords('example.org', { config: readConfig(settings), keys: [], tlsa: null })
      .filter(({ name }) => /_dmarc|_tls/.test(name))
      .map(({ name, data }) => `${name} ${data}`);
  assert.deepEqual(reporting({}), [
    '_dmarc.example.org v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org',
    '_smtp._tls.example.org v=TLSRPTv1; rua=mailto:postmaster@example.org',
  ]);
  assert.equal(reporting({ REPORTS_ADDRESS: 'reports@example.org' }).length, 2);
  assert.deepEqual(reporting({ REPORTS_ADDRESS: 'reports@Example.test' }), [
    '_dmarc.example.org v=DMARC1; p=quarantine; rua=mailto:reports@Example.test',
    'example.org._report._dmarc.example.test v=DMARC1',
    '_smtp._tls.example.org v=TLSRPTv1; rua=mailto:reports@Example.test',
  ]);
});
