/** Mail as people have it: text, text with HTML, attachments; threads; names that are not ASCII. The same for every peer. */

const WORDS =
  'the of and to in that is was for it with as his on be at by this had not are but from or have an they which one you were all her she there would their we him been has when who will no more if out so said what up its about into than them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many before must through back years where much your way well down should because each just those people how too little state good very make world still see own work long get here between both life being under never day same another know while last might great old year off come since against go came right used take three'.split(
    ' ',
  );
const PEOPLE = [
  'Ann Able',
  'Benoît Carré',
  'Chen Wei',
  'Dörte Müller',
  'Eve Fox',
  'Filip Novák',
  'Gail Hart',
  'Hugo Ito',
];

/** In one message of a thousand. */
export const RARE_WORD = 'quixotry';

/** 48 bits of a linear congruential generator's state, from the number alone: any message can be made by itself. */
function generator(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function messageOf(number: number): Buffer {
  const random = generator(number + 1);
  const word = (): string => WORDS[random(WORDS.length)]!;
  const sentence = (words: number): string => Array.from({ length: words }, word).join(' ');
  const lines = (count: number): string =>
    Array.from({ length: count }, () => sentence(8 + random(5))).join('\r\n');
  const rare = number % 1000 === 500;
  const thread = number - (number % 5);
  const subjectOf = generator(thread + 7);
  const subject = `${WORDS[subjectOf(WORDS.length)]} ${WORDS[subjectOf(WORDS.length)]} ${thread}${rare ? ` ${RARE_WORD}` : ''}`;
  const from = PEOPLE[random(PEOPLE.length)]!;
  const encoded = /^[\x20-\x7e]+$/.test(from)
    ? `"${from}"`
    : `=?utf-8?B?${Buffer.from(from).toString('base64')}?=`;
  const date = new Date(Date.UTC(2020, 0, 1) + number * 977_000).toUTCString().replace('GMT', '+0000');
  const head = [
    `Received: from mx.example.net (mx.example.net [192.0.2.${number % 250}]) by mail.example.org with ESMTPS id ${number};`,
    `\t${date}`,
    `From: ${encoded} <${from
      .split(' ')[0]!
      .normalize('NFKD')
      .replace(/[^a-z]/gi, '')
      .toLowerCase()}@example.net>`,
    `To: Reader <reader@example.org>, list-${number % 20}@example.org`,
    `Subject: ${number % 5 === 0 ? '' : 'Re: '}${subject}`,
    `Date: ${date}`,
    `Message-ID: <${number}@corpus.example.net>`,
    ...(number % 5 === 0
      ? []
      : [`References: <${thread}@corpus.example.net> <${number - 1}@corpus.example.net>`]),
    'MIME-Version: 1.0',
    'X-Mailer: corpus',
  ];
  const text = `${lines(12 + random(40))}${rare ? `\r\nsome ${RARE_WORD} here` : ''}\r\n`;
  if (number % 10 < 5)
    return Buffer.from([...head, 'Content-Type: text/plain; charset=utf-8', '', text].join('\r\n'));
  const boundary = `b${number}`;
  const html = `<html><body>${text
    .split('\r\n')
    .map((line) => `<p style="margin: 0">${line}</p>`)
    .join('\r\n')}</body></html>`;
  const alternative = [
    `Content-Type: multipart/alternative; boundary="${boundary}a"`,
    '',
    `--${boundary}a`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    `--${boundary}a`,
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    html,
    `--${boundary}a--`,
    '',
  ];
  if (number % 10 < 9) return Buffer.from([...head, ...alternative].join('\r\n'));
  const attachment = Buffer.alloc(6_000 + random(12_000), number % 256)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  return Buffer.from(
    [
      ...head,
      `Content-Type: multipart/mixed; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      ...alternative,
      `--${boundary}`,
      `Content-Type: application/octet-stream; name="file-${number}.bin"`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename="file-${number}.bin"`,
      '',
      attachment,
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  );
}
