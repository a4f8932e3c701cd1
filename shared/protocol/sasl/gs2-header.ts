/** RFC 5801 §4: what SCRAM and OAUTHBEARER begin with. */
export interface Gs2Header {
  /** - `n`: the client knows no channel binding · `y`: it does, and thinks that we do not · else the name of the type it uses */
  readonly binding: 'n' | 'y' | { readonly type: string };
  readonly authorizationId: string;
  /** The header as it came, its last comma included. */
  readonly text: string;
  /** What follows it. */
  readonly rest: string;
}

const HEADER = /^(?:([ny])|p=([A-Za-z0-9.-]{1,64})),(?:a=([^,]*))?,/;

/** undefined: malformed. `text` is decoded already. */
export function parseGs2Header(text: string): Gs2Header | undefined {
  const found = HEADER.exec(text);
  if (found === null) return undefined;
  const [header, flag, type, name] = found;
  const authorizationId = name === undefined ? '' : decodeSaslName(name);
  if (authorizationId === undefined || (name !== undefined && authorizationId === '')) return undefined;
  const binding = type === undefined ? (flag as 'n' | 'y') : { type };
  return { binding, authorizationId, text: header, rest: text.slice(header.length) };
}

/** `=2C` is a comma, `=3D` an equals sign, and no other `=` may be there (RFC 5802 §5.1). */
export function decodeSaslName(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
