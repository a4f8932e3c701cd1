import { createServer, type Socket } from 'node:net';

/**
 * A foreign mail server on every loopback address that costs as little as possible, in a process of its own: takes everything, counts
 * recipients once. `node sink.ts PORT`; a line on standard input (the number to wait for) is answered by one of JSON when that many are there.
 */
const END_OF_DATA = Buffer.from('\r\n.\r\n');
const LINE_END = Buffer.from('\r\n');
const seen = new Set<string>();
let repeated = 0;
let open = 0;
let most = 0;
let wanted = Number.POSITIVE_INFINITY;

function told(): void {
  if (seen.size < wanted) return;
  wanted = Number.POSITIVE_INFINITY;
  process.stdout.write(`${JSON.stringify({ at: Date.now(), seen: seen.size, repeated, most })}\n`);
}

function serve(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  let inData = false;
  let recipients: string[] = [];
  most = Math.max(most, ++open);
  socket.on('close', () => open--);
  socket.on('error', () => {});
  socket.write('220 sink.test ESMTP\r\n');
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let replies = '';
    for (;;) {
      const end = pending.indexOf(inData ? END_OF_DATA : LINE_END);
      if (end < 0) break;
      if (inData) {
        pending = pending.subarray(end + END_OF_DATA.length);
        inData = false;
        for (const recipient of recipients) {
          if (seen.has(recipient)) repeated++;
          seen.add(recipient);
        }
        recipients = [];
        replies += '250 2.0.0 taken\r\n';
        continue;
      }
      const line = pending.toString('latin1', 0, end);
      pending = pending.subarray(end + 2);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'RCPT') recipients.push(line.slice(8));
      inData = verb === 'DATA';
      replies += replyTo(verb);
      if (verb === 'QUIT') {
        socket.end(replies);
        return;
      }
    }
    if (replies !== '') socket.write(replies);
    told();
  });
}

function replyTo(verb: string): string {
  if (verb === 'EHLO') return '250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 100000000\r\n';
  if (verb === 'DATA') return '354 go on\r\n';
  if (verb === 'QUIT') return '221 bye\r\n';
  return '250 2.0.0 ok\r\n';
}

const port = Number(process.argv[2]);
createServer({ noDelay: true }, serve).listen(port, '0.0.0.0', () => {
  process.stdout.write('ready\n');
});
process.stdin.setEncoding('utf8').on('data', (text: string) => {
  wanted = Number(text);
  told();
});
process.stdin.on('end', () => process.exit());
