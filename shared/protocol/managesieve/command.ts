/** Commands of the client (RFC 5804 §2), and a line of a SASL exchange. Strings as they were, UTF-8. */
export type ManageSieveCommand =
  | {
      readonly type: 'authenticate';
      readonly mechanism: string;
      readonly initialResponse: string | undefined;
    }
  | { readonly type: 'capability' | 'listscripts' | 'logout' | 'starttls' | 'unauthenticate' }
  | { readonly type: 'checkscript'; readonly content: string }
  | { readonly type: 'deletescript' | 'getscript' | 'setactive'; readonly name: string }
  | { readonly type: 'havespace'; readonly name: string; readonly octets: number }
  | { readonly type: 'noop'; readonly tag: string | undefined }
  | { readonly type: 'putscript'; readonly name: string; readonly content: string }
  | { readonly type: 'renamescript'; readonly from: string; readonly to: string };

/** `response`: base64; null when the client cancels with `*`. */
export interface ManageSieveResponse {
  readonly type: 'response';
  readonly response: string | null;
}

export type ManageSieveEvent = ManageSieveCommand | ManageSieveResponse;
export type ManageSieveState = 'non-authenticated' | 'authenticated';

const ANY: readonly ManageSieveState[] = ['non-authenticated', 'authenticated'];
const BEFORE: readonly ManageSieveState[] = ['non-authenticated'];
const AFTER: readonly ManageSieveState[] = ['authenticated'];

export const STATES: Readonly<Record<ManageSieveCommand['type'], readonly ManageSieveState[]>> = {
  authenticate: BEFORE,
  capability: ANY,
  checkscript: AFTER,
  deletescript: AFTER,
  getscript: AFTER,
  havespace: AFTER,
  listscripts: AFTER,
  logout: ANY,
  noop: ANY,
  putscript: AFTER,
  renamescript: AFTER,
  setactive: AFTER,
  starttls: BEFORE,
  unauthenticate: AFTER,
};
