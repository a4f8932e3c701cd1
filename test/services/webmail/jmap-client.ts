import assert from 'node:assert/strict';

export type Json = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: responses are looked into by tests, which say what they expect.
export type Loose = any;

const CORE = 'urn:ietf:params:jmap:core';
export const CAPABILITIES = [CORE, 'urn:ietf:params:jmap:mail'] as const;

/** As little of a client as tests need: each call over HTTP, Basic log-in. */
export class JmapClient {
  readonly origin: string;
  readonly accountId: string;
  readonly headers: Readonly<Record<string, string>>;
  using: readonly string[] = CAPABILITIES;

  constructor(origin: string, address: string, password: string, accountId: string) {
    this.origin = origin;
    this.accountId = accountId;
    const pair = Buffer.from(`${address}:${password}`).toString('base64');
    this.headers = { authorization: `Basic ${pair}` };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.origin}${path}`, { headers: { ...this.headers, ...headers }, redirect: 'manual' });
  }

  post(path: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json'): Promise<Response> {
    return fetch(`${this.origin}${path}`, {
      method: 'POST',
      headers: { ...this.headers, 'content-type': type },
      body,
    });
  }

  /** One request; its responses. accountId is added where it is missing. */
  async request(...calls: [string, Json, string?][]): Promise<[string, Loose, string][]> {
    const methodCalls = calls.map(([name, args, id], index) => [
      name,
      { accountId: this.accountId, ...args },
      id ?? `c${index}`,
    ]);
    const response = await this.post('/jmap/api', JSON.stringify({ using: this.using, methodCalls }));
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return (JSON.parse(text) as { methodResponses: [string, Loose, string][] }).methodResponses;
  }

  /** One call, which has to succeed; its response's arguments. */
  async call(name: string, args: Json = {}): Promise<Loose> {
    const [[answer, result] = ['', undefined]] = await this.request([name, args]);
    assert.equal(answer, name, JSON.stringify(result));
    return result;
  }

  /** One call, which has to fail; the error's type. */
  async refused(name: string, args: Json = {}): Promise<string> {
    const [[answer, result] = ['', undefined]] = await this.request([name, args]);
    assert.equal(answer, 'error', JSON.stringify(result));
    return result.type;
  }
}
