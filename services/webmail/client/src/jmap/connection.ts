import type { Id, Session } from './types.ts';

export const CORE = 'urn:ietf:params:jmap:core';
export const MAIL = 'urn:ietf:params:jmap:mail';
export const SUBMISSION = 'urn:ietf:params:jmap:submission';
export const VACATION = 'urn:ietf:params:jmap:vacationresponse';
export const SIEVE = 'urn:ietf:params:jmap:sieve';
export const QUOTA = 'urn:ietf:params:jmap:quota';
export const BLOB = 'urn:ietf:params:jmap:blob';
/** App passwords and log-ins, which no RFC has. */
export const ACCOUNT = 'https://cartero.example/jmap/account';

const REQUEST_MS = 30_000;
const DOWNLOAD_MS = 120_000;

/** `[method, arguments, call id]` (RFC 8620 §3.2). */
export type Invocation = readonly [string, Readonly<Record<string, unknown>>, string];

export type FailureKind = 'offline' | 'loggedOut' | 'refused' | 'tooMany' | 'tooLarge';

/** Why nothing came back; `text` is the server's own, if it said something. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly type: string;

  constructor(kind: FailureKind, type: string, text = '') {
    super(text === '' ? type : text);
    this.kind = kind;
    this.type = type;
  }
}

/** Called when the server no longer knows who asks. */
let onLoggedOut: () => void = () => undefined;
export function whenLoggedOut(listener: () => void): void {
  onLoggedOut = listener;
}

async function ask(url: string, init: RequestInit, deadlineMs = REQUEST_MS): Promise<Response> {
  const late = AbortSignal.timeout(deadlineMs);
  const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', ...init, signal });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Failure('offline', 'offline');
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { type?: string; detail?: string };
  const type = problem.type ?? `${response.status}`;
  if (response.status === 401) throw new Failure('loggedOut', type);
  if (response.status === 429) throw new Failure('tooMany', type, problem.detail);
  if (response.status === 413) throw new Failure('tooLarge', type, problem.detail);
  // What stands before the server, or the service worker, answers for one that cannot be reached.
  if (response.status >= 502) throw new Failure('offline', type, problem.detail);
  throw new Failure('refused', type, problem.detail);
}

export type LogInResult = 'done' | 'wrongPassword' | 'codeWanted' | 'tooMany';

export async function logIn(username: string, password: string, code?: string): Promise<LogInResult> {
  try {
    await ask('/auth/log-in', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username, password, ...(code ? { code } : {}) }),
    });
    return 'done';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'loggedOut') return error.type.includes('codeWanted') ? 'codeWanted' : 'wrongPassword';
    if (error.kind === 'tooMany') return 'tooMany';
    throw error;
  }
}

export async function logOut(): Promise<void> {
  await ask('/auth/log-out', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
}

export async function readSession(): Promise<Session> {
  const response = await ask('/.well-known/jmap', { headers: { Accept: 'application/json' } });
  return (await response.json()) as Session;
}

/** The JMAP API of one log-in. */
export class Connection {
  readonly session: Session;
  readonly accountId: Id;

  constructor(session: Session) {
    this.session = session;
    this.accountId = session.primaryAccounts[MAIL] ?? Object.keys(session.accounts)[0] ?? '';
  }

  has(capability: string): boolean {
    return capability in this.session.capabilities;
  }

  /**
   * Sends the calls as one request; returns the arguments of the answers by call id. The account's id is added.
   * Rejects with a Failure when a call is answered by an error.
   */
  async request<T extends Record<string, unknown>>(calls: readonly Invocation[]): Promise<T> {
    const using = [
      CORE,
      MAIL,
      ...EXTRA.filter((one) => this.has(one.uri) && calls.some(([name]) => one.of.test(name))).map(
        ({ uri }) => uri,
      ),
    ];
    const methodCalls = calls.map(([name, args, id]) => [name, { accountId: this.accountId, ...args }, id]);
    try {
      const response = await ask(this.session.apiUrl, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ using, methodCalls }),
      });
      const { methodResponses } = (await response.json()) as { methodResponses: readonly Invocation[] };
      const answers: Record<string, unknown> = {};
      for (const [name, args, id] of methodResponses) {
        if (name === 'error') throw new Failure('refused', String(args.type), String(args.description ?? ''));
        // An implicit Email/set (RFC 8621 §7.5) has the call id of the submission: the first answer is the call's.
        answers[id] ??= args;
      }
      return answers as T;
    } catch (error) {
      if (error instanceof Failure && error.kind === 'loggedOut') onLoggedOut();
      throw error;
    }
  }

  /** One call. */
  async call<T>(name: string, args: Readonly<Record<string, unknown>>): Promise<T> {
    const { only } = await this.request<{ only: T }>([[name, args, 'only']]);
    return only;
  }

  downloadUrl(blobId: Id, name: string, type: string): string {
    return this.session.downloadUrl
      .replace('{accountId}', encodeURIComponent(this.accountId))
      .replace('{blobId}', encodeURIComponent(blobId))
      .replace('{name}', encodeURIComponent(name || 'attachment'))
      .replace('{type}', encodeURIComponent(type));
  }

  /** The octets of a blob; its type is what we say, never what the message says. */
  async download(blobId: Id, type: string, signal?: AbortSignal): Promise<Blob> {
    const url = this.downloadUrl(blobId, 'part', 'application/octet-stream');
    const response = await ask(url, signal ? { signal } : {}, DOWNLOAD_MS);
    return new Blob([await response.arrayBuffer()], { type });
  }

  /** Progress is from 0 to 1. */
  upload(
    data: Blob,
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<{ blobId: Id; size: number }> {
    // fetch tells nothing of how far an upload is.
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', this.session.uploadUrl.replace('{accountId}', encodeURIComponent(this.accountId)));
      request.setRequestHeader('Content-Type', data.type || 'application/octet-stream');
      request.responseType = 'json';
      request.upload.addEventListener('progress', (event) => {
        if (event.lengthComputable) onProgress(event.loaded / event.total);
      });
      request.addEventListener('load', () => {
        if (request.status >= 200 && request.status < 300) return resolve(request.response);
        const problem = request.response as { type?: string; detail?: string } | null;
        const kind: FailureKind =
          request.status === 413 ? 'tooLarge' : request.status === 401 ? 'loggedOut' : 'refused';
        reject(new Failure(kind, problem?.type ?? `${request.status}`, problem?.detail));
      });
      request.addEventListener('error', () => reject(new Failure('offline', 'offline')));
      request.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      signal.addEventListener('abort', () => request.abort());
      request.send(data);
    });
  }
}

const EXTRA: readonly { readonly uri: string; readonly of: RegExp }[] = [
  { uri: SUBMISSION, of: /^(?:Identity|EmailSubmission)\// },
  { uri: VACATION, of: /^VacationResponse\// },
  { uri: SIEVE, of: /^SieveScript\// },
  { uri: QUOTA, of: /^Quota\// },
  { uri: BLOB, of: /^Blob\// },
  { uri: ACCOUNT, of: /^(?:AppPassword|LogIn)\// },
];
