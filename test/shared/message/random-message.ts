/** Pieces of which random messages are put together: what a parser may stumble over. */
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '--',
  '--a',
  '--ab',
  '--a--',
  '--ab--',
  '--a \t',
  '-',
  ' ',
  '\t',
  ':',
  'x',
  'text',
  '\r\n--a\r\n',
  '\n--ab\n',
  '\r\n--a--\r\n',
  '\n--ab--',
  'Subject: s',
  'From: a@b',
  'From a@b',
  '>From x',
  'To: "',
  'Cc: (',
  'Content-Type: multipart/mixed; boundary=a\r\n',
  'Content-Type: multipart/digest; boundary="ab"\n',
  'Content-Type: message/rfc822\r\n',
  'Content-Type: text/html; charset="',
  'content-type : multipart/x; boundary=a--\n',
  'Content-Transfer-Encoding: base64\r\n',
  'boundary=ab',
  ';',
  '"',
  '\0',
  '\x80\xff',
  '-'.repeat(1200),
  'y'.repeat(1101),
];

/** Up to `pieces` of them, as `next` draws. */
export function randomMessage(next: () => number, pieces = 60): Buffer {
  const count = Math.floor(next() * pieces);
  let text = '';
  for (let piece = 0; piece < count; piece++) text += PIECES[Math.floor(next() * PIECES.length)];
  return Buffer.from(text, 'latin1');
}
