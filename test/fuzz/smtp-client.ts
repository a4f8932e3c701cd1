import { SmtpClient } from '../../shared/protocol/smtp/client.ts';
import { cut, type Grammar, mutate, pick, type Random, sentence } from './grammar.ts';

const GRAMMAR: Grammar = {
  server: ['<greeting><ehlo><replies>', '<greeting><ehlo><taken><replies>', '<replies>'],
  greeting: ['220 mx.test ESMTP\r\n', '220-mx.test\r\n220 ready\r\n', '554 no\r\n', '<reply>'],
  ehlo: [
    '250 mx.test\r\n',
    '250-mx.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250 STARTTLS\r\n',
    '250-mx.test\r\n250-AUTH PLAIN <word>\r\n250-LIMITS RCPTMAX=<number>\r\n250 <word> <number>\r\n',
    '502 what\r\n250 mx.test\r\n',
  ],
  taken: [
    '250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n',
    '250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n451 later\r\n',
  ],
  replies: ['<reply>', '<reply><replies>', '<reply><reply><replies>'],
  reply: [
    '250 2.1.0 ok\r\n',
    '250-more\r\n250 end\r\n',
    '250-more\r\n251 other\r\n',
    '354 go\r\n',
    '421 bye\r\n',
    '450 4.7.1 later\r\n',
    '550 5.1.1 no\r\n',
    '334 \r\n',
    '220 tls\r\n',
    '235 ok\r\n',
    '<number> <word>\r\n',
    '250\r\n',
    '250 lf\n',
    '250 <word>\r\n',
    '<word>\r\n',
  ],
  word: ['x', '', 'AUTH', '\xc3\xa4', '\0', '\r', 'w'.repeat(3_000), '<word><word>', '-1'],
  number: ['0', '99', '250', '600', '999', '1000', '4294967296', '-'],
};

/** What a command or the end of a message may look like. */
const SAID =
  /^(?:EHLO|HELO|MAIL FROM:<|RCPT TO:<|DATA$|BDAT \d+ LAST$|RSET$|STARTTLS$|AUTH PLAIN |QUIT$|line$|\.\.dot$|\.$|)/;

/** A session with a server that says anything. */
export function fuzzSmtpClient(next: Random): void {
  const input = Buffer.from(mutate(sentence(GRAMMAR, 'server', next), next), 'latin1');
  const client = new SmtpClient('us.test');
  let budget = 100 + 4 * input.length;
  let done = 0;
  for (const piece of cut(input, next)) {
    client.receive(piece);
    for (;;) {
      budget -= 1;
      if (budget < 0) throw new Error('more steps than bytes allow');
      const event = client.next();
      if (event === 'need-data') break;
      if (event === 'paused') throw new Error('paused without a handshake');
      if (event.type === 'start-tls') client.tlsStarted();
      else if (event.type === 'data-go') message(client);
      else if (event.type === 'outcome' && event.progress.recipients.length !== 2)
        throw new Error('recipients without a place for their reply');
      if (client.state === 'ready' && done++ < 50) goOn(client, next);
    }
    const output = Buffer.concat(client.takeOutput()).toString('latin1');
    for (const line of output.split('\r\n')) if (!SAID.test(line)) throw new Error(`says ${line}`);
    if (client.buffered > 1_100_000) throw new Error(`holds ${client.buffered} bytes`);
  }
}

function message(client: SmtpClient): void {
  // A chunk has as many octets as were declared.
  client.data(Buffer.from('line\r\n.dot\r\n', 'latin1'));
  client.endData();
}

function goOn(client: SmtpClient, next: Random): void {
  const { binaryMime, chunking, startTls } = client.extensions;
  const choice = next();
  if (choice < 0.1 && startTls) client.startTls();
  else if (choice < 0.2) client.authenticate('a', 'b');
  else if (choice < 0.25) client.quit();
  else
    client.send({
      reversePath: pick(next, ['', 'a@c.test']),
      recipients: [{ forwardPath: 'b@c.test' }, { forwardPath: 'c@c.test', notify: 'NEVER' }],
      size: 12,
      body: pick(next, ['7bit', '8bit', binaryMime && chunking ? 'binary' : '7bit']),
      smtpUtf8: next() < 0.3,
    });
}
