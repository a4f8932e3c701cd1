/**
 * A strict reader of what FETCH tells (RFC 9051 §9), for tests: written from the grammar and not from our formatters,
 * so that it finds what they get wrong. Octets are latin1 text. Throws at the first octet that the grammar does not have.
 */

export type Data = null | number | string | readonly Data[];

/** One value: NIL, a number, a string (quoted or literal), or a list. */
export function readData(text: string): Data {
  const reader = new Reader(text);
  const data = reader.value();
  reader.end();
  return data;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Data {
    const next = this.#text[this.#at];
    if (next === '(') return this.#list();
    if (next === '"') return this.#quoted();
    if (next === '{') return this.#literal();
    const atom = /[A-Z0-9]+/y;
    atom.lastIndex = this.#at;
    const [found = ''] = atom.exec(this.#text) ?? [];
    this.#at += found.length;
    if (found === 'NIL') return null;
    if (/^[0-9]+$/.test(found)) return Number(found);
    return this.#fail();
  }

  end(): void {
    if (this.#at !== this.#text.length) this.#fail();
  }

  /** Bodies of a multipart stand side by side without a space; all else has one. */
  #list(): Data[] {
    const items: Data[] = [];
    this.#at += 1;
    for (;;) {
      if (this.#text[this.#at] === '(' && (items.length === 0 || Array.isArray(items.at(-1)))) {
        items.push(this.#list());
      } else items.push(this.value());
      const next = this.#text[this.#at];
      if (next === ')') {
        this.#at += 1;
        return items;
      }
      if (next === ' ') this.#at += 1;
      else if (next !== '(') this.#fail();
    }
  }

  #quoted(): string {
    const quoted = /"((?:[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]|\\["\\])*)"/y;
    quoted.lastIndex = this.#at;
    const found = quoted.exec(this.#text) ?? this.#fail();
    this.#at = quoted.lastIndex;
    return found[1]!.replace(/\\(.)/g, '$1');
  }

  #literal(): string {
    const header = /\{(0|[1-9][0-9]*)\}\r\n/y;
    header.lastIndex = this.#at;
    const found = header.exec(this.#text) ?? this.#fail();
    const start = header.lastIndex;
    this.#at = start + Number(found[1]);
    const literal = this.#text.slice(start, this.#at);
    if (this.#at > this.#text.length || literal.includes('\0')) this.#fail();
    return literal;
  }

  #fail(): never {
    throw new Error(
      `no IMAP data at ${this.#at}: ${JSON.stringify(this.#text.slice(this.#at - 40, this.#at + 40))}`,
    );
  }
}

const demand = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`not by the grammar: ${what}`);
};
const isString = (data: Data | undefined): data is string => typeof data === 'string';
const isNstring = (data: Data | undefined): boolean => data === null || isString(data);
const isNumber = (data: Data | undefined): boolean => typeof data === 'number' && data <= 0xffff_ffff;
const isList = (data: Data | undefined): data is readonly Data[] => Array.isArray(data);

/** envelope of RFC 9051 §9. */
export function checkEnvelope(data: Data | undefined): void {
  if (!isList(data)) throw new Error('not by the grammar: an envelope is a list');
  demand(data.length === 10, 'ten fields of an envelope');
  for (const at of [0, 1, 8, 9]) demand(isNstring(data[at]), `field ${at} of an envelope`);
  for (const addresses of data.slice(2, 8)) {
    if (addresses === null) continue;
    demand(isList(addresses) && addresses.length > 0, 'a list of addresses');
    for (const address of addresses as readonly Data[])
      demand(isList(address) && address.length === 4 && address.every(isNstring), 'an address');
  }
}

/** body of RFC 9051 §9; `extended`: of BODYSTRUCTURE. */
export function checkBody(data: Data | undefined, extended: boolean): void {
  if (!isList(data)) throw new Error('not by the grammar: a body is a list');
  if (isList(data[0])) checkMultipart(data, extended);
  else checkOnePart(data, extended);
}

function checkMultipart(data: readonly Data[], extended: boolean): void {
  const parts = data.findIndex((item) => !isList(item));
  demand(parts > 0, 'parts of a multipart');
  for (const part of data.slice(0, parts)) checkBody(part, extended);
  demand(isString(data[parts]), 'the subtype of a multipart');
  const rest = data.slice(parts + 1);
  demand(extended || rest.length === 0, 'no more of a multipart in BODY');
  if (!extended) return;
  demand(isParameters(rest[0]), 'parameters of a multipart');
  checkDisposition(rest.slice(1));
}

function checkOnePart(data: readonly Data[], extended: boolean): void {
  const [type, subtype, parameters, id, description, encoding, octets, ...rest] = data;
  demand(isString(type) && isString(subtype), 'a media type');
  demand(isParameters(parameters) && isNstring(id) && isNstring(description), 'body-fields');
  demand(isString(encoding) && isNumber(octets), 'encoding and octets');
  const name = `${String(type)}/${String(subtype)}`;
  demand(!name.startsWith('MULTIPART/'), 'no multipart without parts');
  if (name === 'MESSAGE/RFC822') {
    checkEnvelope(rest.shift());
    checkBody(rest.shift(), extended);
  }
  if (type === 'TEXT' || name === 'MESSAGE/RFC822') demand(isNumber(rest.shift()), 'lines');
  demand(extended || rest.length === 0, 'no more of a part in BODY');
  if (!extended) return;
  demand(isNstring(rest[0]), 'MD5');
  checkDisposition(rest.slice(1));
}

function checkDisposition(rest: readonly Data[]): void {
  const [disposition, language, location] = rest;
  demand(rest.length === 3, 'disposition, language and location');
  const [type, parameters] = isList(disposition) ? disposition : ['', null];
  demand(disposition === null || (isString(type) && isParameters(parameters)), 'a disposition');
  demand(isNstring(language) || (isList(language) && language.every(isString)), 'languages');
  demand(isNstring(location), 'a location');
}

function isParameters(data: Data | undefined): boolean {
  return data === null || (isList(data) && data.length > 0 && data.length % 2 === 0 && data.every(isString));
}
