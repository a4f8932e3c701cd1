/** POST of JSON to a server of the operator's own, with a deadline and a bound. */

/** The server is away, too slow, says another status than 200, or nothing that is JSON. */
export class PostFailed extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'PostFailed';
  }
}

export interface PostOptions {
  /** From the first packet to the last octet of the answer. */
  readonly timeoutMs: number;
  /** Octets of an answer; a longer one is not read on. */
  readonly maxBytes: number;
}

/** What the answer says. `url` may hold a name and password. @throws PostFailed */
export async function postJson(url: string, body: unknown, options: PostOptions): Promise<unknown> {
  const { username, password, host } = new URL(url);
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (username !== '') {
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  }
  try {
    const response = await fetch(bare, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const text = await textOf(response, options.maxBytes);
    if (response.status !== 200) throw new PostFailed(`${host} answers ${response.status}`);
    return JSON.parse(text);
  } catch (error) {
    throw error instanceof PostFailed ? error : new PostFailed(`no answer from ${host}`, error);
  }
}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) throw new PostFailed(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
