import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { type DirectoryRefusalReason, isDirectoryRefusal } from '../../shared/account/refusal.ts';

/** A mistake of whoever asked; `text` is one line they can act on. */
export class RequestRefused extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  constructor(status: ContentfulStatusCode, code: string, text: string) {
    super(text);
    this.name = 'RequestRefused';
    this.status = status;
    this.code = code;
  }
}

const REFUSALS: Readonly<Record<DirectoryRefusalReason, ContentfulStatusCode>> = {
  'bad-domain': 400,
  'bad-address': 400,
  'bad-password': 400,
  'bad-quota': 400,
  'bad-name': 400,
  'bad-expiry': 400,
  'not-local': 400,
  limit: 400,
  'not-found': 404,
  exists: 409,
  'not-empty': 409,
  'not-ready': 409,
};

/** The outcome of an operation as the response: what it made, or why it refused. */
export function answer(context: Context, outcome: object, status: ContentfulStatusCode = 200): Response {
  if (isDirectoryRefusal(outcome)) {
    return refuse(context, REFUSALS[outcome.refused], outcome.refused, outcome.text);
  }
  return context.json(outcome, status);
}

export function refuse(context: Context, status: ContentfulStatusCode, code: string, text: string): Response {
  return context.json({ error: { code, text } }, status);
}

/** The body as the schema wants it. Throws `RequestRefused` with the first mistake. */
export async function readBody<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await context.req.json().catch(() => {
    throw new RequestRefused(400, 'bad-request', 'the body is not JSON');
  });
  return check(schema, body);
}

export function readQuery<T>(context: Context, schema: z.ZodType<T>): T {
  return check(schema, context.req.query());
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.');
  throw new RequestRefused(
    400,
    'bad-request',
    `${where ? `${where}: ` : ''}${issue?.message ?? 'wrong request'}`,
  );
}

/** Pages of every list: enough for one request of `mailctl`, small enough for one answer. */
export const MAX_PAGE = 1_000;

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  after: z.string().optional(),
};
