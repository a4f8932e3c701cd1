import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPGlite } from '../../../shared/database/pglite.ts';
import { startDnsServer } from '../../dns-server.ts';
import { mailctl, startAdmin } from './cluster.ts';

test('mailctl domain dns: what should be there, and what is', async () => {
  await using dns = await startDnsServer();
  const database = await openPGlite(undefined);
  const admin = await startAdmin(database, undefined, {
    DNS_SERVERS: dns.address,
    MAIL_HOSTNAME: 'mail.example.test',
    PUBLIC_PORTS: 'pop3=0,pop3s=0',
    MTA_STS_POLICY: 'enforce',
  });
  const good = async (line: string): Promise<string> => {
    const ran = await mailctl(admin.url, line);
    assert.deepEqual([ran.status, ran.err], [0, ''], line);
    return ran.out;
  };
  const states = async () => {
    const { records } = JSON.parse(await good('domain dns example.test --json')) as {
      records: { name: string; type: string; state: string }[];
    };
    return Object.fromEntries(records.map(({ name, type, state }) => [`${type} ${name}`, state]));
  };
  try {
    await good('domain add example.test');
    await good('domain dkim create example.test --algorithm rsa');
    const nothing = await states();
    assert.deepEqual([...new Set(Object.values(nothing))], ['missing']);
    assert.ok(!Object.keys(nothing).some((name) => name.includes('_pop3')));

    // What is printed, published: a zone made of the very lines.
    const zone = await good('domain dns example.test');
    for (const line of zone.split('\n').filter((one) => one !== '' && !one.startsWith(';'))) {
      const [, name, type, data] = /^(\S+)\. IN (\w+) (.+)$/.exec(line) as unknown as [
        string,
        string,
        string,
        string,
      ];
      const words = data.replace(/\.$/, '').split(' ');
      const entry = { ...dns.zone[name] };
      if (type === 'MX') entry.mx = [[Number(words[0]), words[1]!]];
      else if (type === 'CNAME') entry.cname = words[0]!;
      else if (type === 'SRV')
        entry.srv = [[Number(words[0]), Number(words[1]), Number(words[2]), words[3]!]];
      else if (type === 'TXT') entry.txt = [...(entry.txt ?? []), data.replaceAll('" "', '').slice(1, -1)];
      else assert.fail(line);
      dns.zone[name] = entry;
    }
    dns.zone['mail.example.test'] = { ...dns.zone['mail.example.test'], a: ['192.0.2.1'] };
    const all = await states();
    assert.deepEqual([...new Set(Object.values(all))], ['present']);
    assert.ok(Object.keys(all).length > 15);

    // Others at the same name do not matter; what says something else, does.
    dns.zone['example.test'] = {
      ...dns.zone['example.test'],
      txt: ['v=spf1 mx ip4:192.0.2.9 ~all', 'some=verification'],
    };
    dns.zone['_mta-sts.example.test'] = { txt: ['v=STSv1; id=1'] };
    dns.zone['_imaps._tcp.example.test'] = {
      srv: [
        [5, 5, 993, 'mail.example.test'],
        [9, 0, 993, 'old.example.test'],
      ],
    };
    dns.zone['_imap._tcp.example.test'] = { srv: [[0, 0, 143, 'old.example.test']] };
    dns.zone['_dmarc.example.test'] = { servfail: true };
    const changed = await states();
    assert.equal(changed['TXT example.test'], 'present');
    assert.equal(changed['SRV _imaps._tcp.example.test'], 'present');
    assert.equal(changed['TXT _mta-sts.example.test'], 'other');
    assert.equal(changed['SRV _imap._tcp.example.test'], 'other');
    assert.equal(changed['TXT _dmarc.example.test'], 'unknown');
    const text = await good('domain dns example.test');
    assert.match(
      text,
      /; MTA-STS: there is a policy: the DNS has ANOTHER\n; {3}v=STSv1; id=1\n_mta-sts\.example\.test\. IN TXT "v=STSv1; id=[0-9a-f]{20}"\n/,
    );
    assert.match(text, /; {3}mode: enforce\n; {3}mx: mail\.example\.test\n/);
    assert.match(
      (await mailctl(admin.url, 'domain dns nowhere.test')).err,
      /there is no domain nowhere\.test/,
    );
  } finally {
    await admin.stop();
    await database.close();
  }
});
