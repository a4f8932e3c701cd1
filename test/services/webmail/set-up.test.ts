import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { openWorld, type World } from './world.ts';

describe('programs that set themselves up', () => {
  let world: World;
  before(async () => {
    world = await openWorld({
      MAIL_HOSTNAME: 'mail.example.test',
      PUBLIC_PORTS: 'imaps=2993,pop3=0,pop3s=0',
    });
  });
  after(() => world.stop());

  /** As a browser or program asks that found us under that name. */
  function ask(
    path: string,
    host: string,
    body?: string,
  ): Promise<{ status: number; text: string; type: string }> {
    return new Promise((resolve, reject) => {
      const asked = request(`${world.origin}${path}`, { method: body ? 'POST' : 'GET', headers: { host } });
      asked.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode!, text, type: response.headers['content-type'] ?? '' }),
        );
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  test('Thunderbird: by the name of the domain, or by the address', async () => {
    const found = await ask(
      '/mail/config-v1.1.xml?emailaddress=bob%40example.test',
      'autoconfig.example.test',
    );
    assert.deepEqual([found.status, found.type], [200, 'text/xml; charset=utf-8']);
    assert.match(found.text, /<emailProvider id="example\.test">/);
    const servers = [
      ...found.text.matchAll(
        /<(\w+)Server type="(\w+)">\s*<hostname>([^<]+)<\/hostname>\s*<port>(\d+)<\/port>\s*<socketType>(\w+)</g,
      ),
    ];
    assert.deepEqual(
      servers.map(([, ...rest]) => rest.join(' ')),
      [
        'incoming imap mail.example.test 2993 SSL',
        'incoming imap mail.example.test 143 STARTTLS',
        'outgoing smtp mail.example.test 465 SSL',
        'outgoing smtp mail.example.test 587 STARTTLS',
      ],
    );
    const wellKnown = await ask('/.well-known/autoconfig/mail/config-v1.1.xml', 'Example.TEST:8080');
    assert.equal(wellKnown.text, found.text);
    assert.equal((await ask('/mail/config-v1.1.xml', 'autoconfig.elsewhere.test')).status, 404);
    assert.equal(
      (await ask('/mail/config-v1.1.xml?emailaddress=%3C', 'autoconfig.example.test')).status,
      404,
    );
  });

  test('Outlook: by Autodiscover, whatever the case of its path', async () => {
    const body = `<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>bob&amp;co@example.test</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>`;
    for (const path of ['/autodiscover/autodiscover.xml', '/Autodiscover/Autodiscover.xml']) {
      const found = await ask(path, 'autodiscover.example.test', body.replace('&amp;co', ''));
      assert.equal(found.status, 200);
      assert.match(found.text, /<LoginName>bob@example\.test<\/LoginName>/);
      assert.deepEqual(
        [...found.text.matchAll(/<Type>(\w+)<\/Type>\s*<Server>([^<]+)<\/Server>\s*<Port>(\d+)</g)].map(
          ([, type, server, port]) => `${type} ${server} ${port}`,
        ),
        ['IMAP mail.example.test 2993', 'SMTP mail.example.test 465'],
      );
    }
    assert.equal((await ask('/autodiscover/autodiscover.xml', 'x', '<x/>')).status, 400);
    assert.equal(
      (await ask('/autodiscover/autodiscover.xml', 'x', body.replace('bob', 'b'.repeat(20_000)))).status,
      413,
    );
  });

  test('Apple: a profile for the address', async () => {
    const found = await ask('/mail.mobileconfig?emailaddress=bob%40example.test', 'mail.example.test');
    assert.match(found.type, /^application\/x-apple-aspen-config/);
    assert.match(found.text, /<key>IncomingMailServerPortNumber<\/key>\s*<integer>2993<\/integer>/);
    assert.match(found.text, /<key>EmailAddress<\/key>\s*<string>bob@example\.test<\/string>/);
    assert.equal((await ask('/mail.mobileconfig', 'mail.example.test')).status, 404);
  });

  test('MTA-STS: the policy of our domains, and of no others', async () => {
    const found = await ask('/.well-known/mta-sts.txt', 'mta-sts.example.test');
    assert.match(found.type, /^text\/plain/);
    assert.equal(
      found.text,
      'version: STSv1\r\nmode: testing\r\nmx: mail.example.test\r\nmax_age: 604800\r\n',
    );
    assert.equal((await ask('/.well-known/mta-sts.txt', 'mta-sts.elsewhere.test')).status, 404);
  });
});
