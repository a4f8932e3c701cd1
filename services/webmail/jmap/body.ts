import type { Context } from 'hono';
import { limit, notJson } from './api.ts';
import { CORE_LIMITS } from './limits.ts';

/** The body of a request as JSON, read no further than the limit. Throws `RequestRefused`. */
export async function readJson(context: Context): Promise<unknown> {
  if (!/^application\/json(?:\s*;|\s*$)/i.test(context.req.header('content-type') ?? '')) throw notJson();
  const declared = Number(context.req.header('content-length') ?? 0);
  if (declared > CORE_LIMITS.maxSizeRequest) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const { body } = context.req.raw;
  if (body === null) throw notJson();
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > CORE_LIMITS.maxSizeRequest) throw tooLarge();
    pieces.push(piece);
  }
  return parseJson(Buffer.concat(pieces, bytes));
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw notJson();
  }
}

const tooLarge = () =>
  limit('maxSizeRequest', `a request has at most ${CORE_LIMITS.maxSizeRequest} bytes`, 413);
