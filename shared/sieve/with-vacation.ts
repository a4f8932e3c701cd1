/** A reply to who writes while one is away (RFC 8621 §8), as Sieve. Pure. */
export interface Vacation {
  readonly isEnabled: boolean;
  /** `2026-02-03T04:05:06`, UTC; null: without limit. */
  readonly fromDate: string | null;
  readonly toDate: string | null;
  readonly subject: string | null;
  readonly textBody: string | null;
  readonly htmlBody: string | null;
}

/** Everybody hears of it once in so many days. */
const DAYS = 7;
const BOUNDARY = 'cartero-vacation-alternative';

/** The script (RFC 5228) with the reply before whatever else it does; `require` stands first (§3.2). */
export function withVacation(script: string, vacation: Vacation): string {
  if (!vacation.isEnabled) return script;
  const at = endOfRequires(script);
  const required = 'require ["vacation", "date", "relational"];\r\n';
  return `${script.slice(0, at)}\r\n${required}${vacationCommand(vacation)}\r\n${script.slice(at)}`;
}

function vacationCommand(vacation: Vacation): string {
  const { fromDate, toDate, subject } = vacation;
  const tests = [
    ...(fromDate === null ? [] : [dateTest('ge', fromDate)]),
    ...(toDate === null ? [] : [dateTest('lt', toDate)]),
  ];
  const command = `vacation :days ${DAYS}${subject === null ? '' : ` :subject ${quoted(subject)}`}${reason(vacation)};`;
  return tests.length === 0 ? command : `if allof (${tests.join(', ')}, true) { ${command} }`;
}

const dateTest = (relation: 'ge' | 'lt', date: string): string =>
  `currentdate :zone "+0000" :value "${relation}" "iso8601" ${quoted(date)}`;

function reason({ textBody, htmlBody }: Vacation): string {
  const text = textBody ?? '';
  if (htmlBody === null) return ` ${quoted(text)}`;
  const part = (type: string, body: string): string =>
    `--${BOUNDARY}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${body}\r\n`;
  const parts = [...(textBody === null ? [] : [part('text/plain', text)]), part('text/html', htmlBody)];
  return ` :mime ${quoted(`Content-Type: multipart/alternative; boundary="${BOUNDARY}"\r\n\r\n${parts.join('')}--${BOUNDARY}--\r\n`)}`;
}

/** RFC 5228 §2.4.2: a quoted string may have line ends, CRLF each. */
const quoted = (text: string): string =>
  `"${text
    .replace(/\0/g, '')
    .replace(/\r\n|\r|\n/g, '\r\n')
    .replace(/["\\]/g, '\\$&')}"`;

/** Just past the last `require` command at the beginning, comments and blanks passed over. */
function endOfRequires(script: string): number {
  let end = 0;
  for (let at = skip(script, 0); /^require\b/i.test(script.slice(at, at + 8)); at = skip(script, at)) {
    at = endOfCommand(script, at);
    end = at;
  }
  return end;
}

function skip(script: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < script.length && ' \t\r\n'.includes(script[at]!)) at += 1;
    if (script[at] === '#') {
      const line = script.indexOf('\n', at);
      at = line < 0 ? script.length : line + 1;
    } else if (script.startsWith('/*', at)) {
      const close = script.indexOf('*/', at + 2);
      at = close < 0 ? script.length : close + 2;
    } else return at;
  }
}

/** Past the semicolon; strings are passed over. */
function endOfCommand(script: string, from: number): number {
  for (let at = from; at < script.length; at += 1) {
    const character = script[at];
    if (character === ';') return at + 1;
    if (character === '#' || script.startsWith('/*', at)) at = skip(script, at) - 1;
    else if (character === '"')
      for (at += 1; at < script.length && script[at] !== '"'; at += 1) if (script[at] === '\\') at += 1;
  }
  return script.length;
}
