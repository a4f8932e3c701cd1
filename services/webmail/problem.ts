import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An expected refusal of a request; `detail` is safe to show. The response is a problem document (RFC 7807). */
export class RequestRefused extends Error {
  readonly status: ContentfulStatusCode;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    status: ContentfulStatusCode,
    type: string,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = 'RequestRefused';
    this.status = status;
    this.type = type;
    this.headers = headers;
    this.more = more;
  }
}

export function problem(context: Context, refused: RequestRefused): Response {
  const { status, type, message, more } = refused;
  // A browser would ask with a dialog of its own before it told our client, and the client would wait for it.
  const { 'www-authenticate': challenge, ...others } = refused.headers;
  const headers =
    challenge === undefined || context.req.header('sec-fetch-site') !== undefined ? others : refused.headers;
  return context.body(JSON.stringify({ type, status, detail: message, ...more }), status, {
    'content-type': 'application/problem+json',
    ...headers,
  });
}
