/** RFC 3461 §4: printable ASCII but `+` and `=`, the rest as `+` and two upper-case hexadecimal digits. */
const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/;
/** RFC 6533 §3, `utf-8-addr-unitext`: the same with UTF-8 as it is; backslashes only as `\x{…}`. */
const UNITEXT = /^(?:[!-*,-<>-[\]-~\u00a0-\u{10ffff}]|\\x\{[0-9A-F]{2,6}\})+$/u;

export function isXtext(text: string): boolean {
  return XTEXT.test(text);
}

export function isUnitext(text: string): boolean {
  return UNITEXT.test(text);
}

/** What is no xtext stays as it is. */
export function fromXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** `\x{E4}` to the character (RFC 6533 §3); what is no character stays as it is. */
export function fromUnitext(text: string): string {
  return text.replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, (given, digits: string) => {
    const point = Number.parseInt(digits, 16);
    return point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? given : String.fromCodePoint(point);
  });
}

/** UTF-8 in an ORCPT as ASCII (RFC 6533 §3, `utf-8-addr-xtext`), for servers without SMTPUTF8. */
export function toAsciiUnitext(text: string): string {
  return text.replace(/[^\u0000-\u007f]/gu, (character) => {
    const point = character.codePointAt(0)!;
    return `\\x{${point.toString(16).toUpperCase().padStart(2, '0')}}`;
  });
}
