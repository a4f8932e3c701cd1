import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { receivedReports } from '../../../services/mailbox-store/housekeeping/received-reports.ts';
import { readDmarcReport } from '../../../services/mailbox-store/reports/dmarc-report.ts';
import { readTlsReport } from '../../../services/mailbox-store/reports/tls-report.ts';
import { MAX_REPORT_BYTES, unpack } from '../../../services/mailbox-store/reports/unpack.ts';
import { createDirectory } from '../../../shared/actor/directory.ts';
import { listReports, showReport } from '../../../shared/reports/list-reports.ts';
import { MAX_ROWS } from '../../../shared/reports/report.ts';
import { onBothDatabases } from './world.ts';

/** As large providers write them. */
const dmarcXml = (records: string, more = ''): string => `<?xml version="1.0" encoding="UTF-8" ?>${more}
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
  <report_metadata>
    <org_name>Big &amp; Co</org_name>
    <email>noreply-dmarc@big.example</email>
    <report_id>1234567890</report_id>
    <date_range><begin>1700000000</begin><end>1700086399</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>Example.Test</domain><adkim>r</adkim><aspf>r</aspf><p>quarantine</p><sp>reject</sp><pct>100</pct>
  </policy_published>
  ${records}
</feedback>`;

const record = (ip: string, count: string, dkim: string, spf: string): string => `<record>
  <row><source_ip>${ip}</source_ip><count>${count}</count>
    <policy_evaluated><disposition>none</disposition><dkim>${dkim}</dkim><spf>${spf}</spf>
      <reason><type>forwarded</type><comment>a\u001b[31m list</comment></reason></policy_evaluated></row>
  <identifiers><header_from>example.test</header_from></identifiers>
  <auth_results>
    <dkim><domain>example.test</domain><result>${dkim}</result><selector>s1</selector></dkim>
    <dkim><domain>list.example</domain><result>pass</result></dkim>
    <spf><domain>bounce.example</domain><result>fail</result></spf>
  </auth_results>
</record>`;

const XML = dmarcXml(record('192.0.2.1', '12', 'pass', 'fail') + record('2001:db8::1', '3', 'fail', 'fail'));

const TLS = {
  'organization-name': 'Big',
  'date-range': { 'start-datetime': '2026-11-24T00:00:00Z', 'end-datetime': '2026-11-24T23:59:59Z' },
  'contact-info': 'sts@big.example',
  'report-id': '2026-11-24T00:00:00Z_example.test',
  policies: [
    {
      policy: { 'policy-type': 'sts', 'policy-string': ['version: STSv1'], 'policy-domain': 'example.test' },
      summary: { 'total-successful-session-count': 5326, 'total-failure-session-count': 303 },
      'failure-details': [
        {
          'result-type': 'certificate-expired',
          'sending-mta-ip': '2001:db8:abcd:12::1',
          'receiving-mx-hostname': 'mx1.example.test',
          'failed-session-count': 100,
        },
        { 'result-type': 'starttls-not-supported', 'receiving-ip': '192.0.2.5', 'failed-session-count': 203 },
      ],
    },
  ],
};

const zip = (content: string, name = 'report.xml'): Buffer =>
  execFileSync(
    'python3',
    [
      '-c',
      'import sys,io,zipfile; b=io.BytesIO(); z=zipfile.ZipFile(b,"w",zipfile.ZIP_DEFLATED); z.writestr("dir/",""); z.writestr(sys.argv[1],sys.stdin.read()); z.close(); sys.stdout.buffer.write(b.getvalue())',
      name,
    ],
    { input: content, maxBuffer: 1 << 26 },
  );

describe('reading reports', () => {
  test('a DMARC report', () => {
    const report = readDmarcReport(XML)!;
    assert.deepEqual(
      { ...report, content: undefined },
      {
        kind: 'dmarc',
        domain: 'example.test',
        reporter: 'Big & Co',
        externalId: '1234567890',
        beginsAt: 1_700_000_000_000,
        endsAt: 1_700_086_399_000,
        total: 15,
        failed: 3,
        content: undefined,
      },
    );
    assert.equal(report.content.policy, 'p=quarantine sp=reject adkim=r aspf=r pct=100');
    assert.deepEqual(report.content.rows[0], {
      source: '192.0.2.1',
      count: 12,
      failed: false,
      what: 'none (dkim pass, spf fail) from example.test; dkim example.test pass; dkim list.example pass; spf bounce.example fail; because forwarded a [31m list',
    });
    assert.equal(report.content.rows[1]!.failed, true);
    assert.equal(readDmarcReport(dmarcXml(''))!.total, 0, 'a day without mail');
  });

  test('a TLS report (RFC 8460 appendix B)', () => {
    const report = readTlsReport(JSON.stringify(TLS))!;
    assert.deepEqual(
      [report.kind, report.domain, report.total, report.failed],
      ['tls', 'example.test', 5_629, 303],
    );
    assert.deepEqual([report.beginsAt, report.endsAt], [1_795_478_400_000, 1_795_564_799_000]);
    assert.deepEqual(report.content.rows, [
      { source: 'example.test', count: 5_326, failed: false, what: 'sts: succeeded' },
      { source: 'mx1.example.test', count: 100, failed: true, what: 'sts: certificate-expired' },
      { source: '192.0.2.5', count: 203, failed: true, what: 'sts: starttls-not-supported; 192.0.2.5' },
    ]);
  });

  test('what is none is none', () => {
    for (const text of [
      '<html><body>hi</body></html>',
      '<feedback/>',
      '<a>',
      dmarcXml('').replace('1234567890', ''),
    ])
      assert.equal(readDmarcReport(text), undefined);
    for (const text of ['{', '{}', '[]', JSON.stringify({ ...TLS, policies: [] })])
      assert.equal(readTlsReport(text), undefined);
  });

  test('counts that are none, and more rows than are kept', () => {
    for (const count of ['-5', '1e9', '99999999999999999999', 'x', ''])
      assert.equal(readDmarcReport(dmarcXml(record('192.0.2.1', count, 'fail', 'fail')))!.total, 0, count);
    const many = readDmarcReport(dmarcXml(record('192.0.2.1', '1', 'pass', 'pass').repeat(MAX_ROWS + 1)))!;
    assert.deepEqual([many.content.rows.length, many.content.cut], [MAX_ROWS, true]);
  });

  test('entities stay what they are, nesting has an end', () => {
    const bomb = `<!DOCTYPE x [${'abcdefghi'
      .split('')
      .map((name, i, all) => `<!ENTITY ${name} "${i === 0 ? 'x' : `&${all[i - 1]};`.repeat(10)}">`)
      .join('')}]>`;
    const began = performance.now();
    let report: ReturnType<typeof readDmarcReport>;
    try {
      report = readDmarcReport(dmarcXml('', bomb).replace('Big &amp; Co', '&i;'));
    } catch {
      report = undefined;
    }
    assert.ok(report === undefined || report.reporter === '&i;');
    assert.ok(performance.now() - began < 1_000);
    assert.throws(() => readDmarcReport(dmarcXml('<a>'.repeat(5_000))));
  });

  test('gzip and ZIP, and bombs of both', async () => {
    assert.equal((await unpack(gzipSync(XML))).toString(), XML);
    assert.equal((await unpack(zip(XML))).toString(), XML);
    assert.equal((await unpack(Buffer.from(XML))).toString(), XML);
    const large = 'x'.repeat(MAX_REPORT_BYTES + 1);
    await assert.rejects(unpack(gzipSync(large)));
    await assert.rejects(unpack(zip(large)), RangeError);
    // An archive that lies about the size.
    const lying = zip(large);
    const at = lying.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    lying.writeUInt32LE(10, at + 24);
    await assert.rejects(unpack(lying));
    for (const broken of [gzipSync(XML).subarray(0, 50), zip(XML).subarray(0, 60), Buffer.from('PK\x03\x04')])
      await assert.rejects(unpack(broken));
  });
});

const REPLICA = 'reports-test';

onBothDatabases('reports that come', (world) => {
  before(async () => {
    await createDirectory(world().ports.database, 'destination', 86_400_000).join(REPLICA, REPLICA);
  });

  test('each message is read once, whatever is in it', async () => {
    const { ports } = world();
    const { database } = ports;
    const account = await world().account();
    const attached = (type: string, name: string, bytes: Buffer): string =>
      `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nA report.\r\n--b\r\n` +
      `Content-Type: ${type}; name="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
      `${bytes.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`;
    const messages = [
      attached('application/gzip', 'r.xml.gz', gzipSync(XML)),
      'Subject: hello\r\n\r\nno report\r\n',
      attached('application/zip', 'r.zip', zip(XML.replace('1234567890', 'zipped'))),
      attached('application/zip', 'r.zip', Buffer.from('PK\x03\x04 broken')),
      `Content-Type: multipart/report; report-type=tlsrpt; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n${gzipSync(JSON.stringify(TLS)).toString('base64')}\r\n--b--\r\n`,
      attached('text/xml', 'again.xml', Buffer.from(XML)),
      attached('application/gzip', 'bomb.gz', gzipSync('<'.repeat(MAX_REPORT_BYTES + 1))),
    ];
    for (const text of messages) {
      const writer = ports.storage.create();
      await writer.write(Buffer.from(text));
      await ports.spool.enqueue({
        message: await writer.finish(),
        reversePath: '',
        recipients: [{ target: { kind: 'local', account: account.id, forwardPath: account.address } }],
        returnPathBytes: 0,
        body: '7bit',
        smtpUtf8: false,
      });
    }
    await account.untilMessages('INBOX', messages.length);

    const job = receivedReports(ports, account.address.toUpperCase());
    const context = { database, fence: () => ({ replicaId: REPLICA }), now: Date.now };
    const rounds: number[] = [];
    for (let more = true; more; ) {
      const round = await job.round(context);
      rounds.push(round.items);
      more = round.more;
    }
    assert.equal(
      rounds.reduce((sum, items) => sum + items, 0),
      3,
    );
    assert.deepEqual(await job.round(context), { items: 0, more: false }, 'nothing is read twice');

    const listed = await listReports(database, { domain: 'EXAMPLE.test', limit: 10 });
    assert.deepEqual(listed.map(({ kind, externalId }) => `${kind} ${externalId}`).sort(), [
      'dmarc 1234567890',
      'dmarc zipped',
      'tls 2026-11-24T00:00:00Z_example.test',
    ]);
    assert.equal((await listReports(database, { kind: 'tls', limit: 10 })).length, 1);
    assert.equal((await listReports(database, { domain: 'other.test', limit: 10 })).length, 0);
    const shown = await showReport(database, listed[0]!.reportId);
    assert.ok(shown!.content.rows.length > 1);
    assert.equal(await showReport(database, 999_999), undefined);

    const later = { ...context, now: () => Date.now() + 401 * 86_400_000 };
    assert.equal((await job.round(later)).items, 3, 'after a year they go');
    assert.deepEqual(await listReports(database, { limit: 10 }), []);
  });
});
