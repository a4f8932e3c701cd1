/** The argument of VRFY or EXPN (RFC 6531 §3.7.4): a name, and whether UTF-8 may come back. */
export function readName(argument: string): { readonly name: string; readonly utf8: boolean } {
  const found = /^(.*?) +SMTPUTF8$/i.exec(argument);
  return found ? { name: found[1]!, utf8: true } : { name: argument, utf8: false };
}
