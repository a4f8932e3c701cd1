import { DatabaseUnavailable } from '../../../shared/database/port.ts';
import { isUnavailable } from '../../../shared/database/unavailable.ts';
import { MailboxUnavailable } from '../../../shared/mailbox/operations.ts';
import { SpoolUnavailable } from '../../../shared/spool/port.ts';
import type { Identity } from '../log-in/authenticate.ts';
import { RequestRefused } from '../problem.ts';
import type { Webmail } from '../webmail.ts';
import { serverCapabilities } from './account-capabilities.ts';
import { CORE_LIMITS, MAX_RESPONSE_BYTES } from './limits.ts';
import { type Call, type Invocation, type JsonObject, MethodError } from './method.ts';
import { METHODS } from './methods.ts';
import { type ReferenceBudget, resolveReferences } from './references.ts';

/** A request (RFC 8620 §3.3) that is one. */
export interface ApiRequest {
  readonly using: readonly string[];
  readonly methodCalls: readonly Invocation[];
  readonly createdIds: Readonly<Record<string, string>> | undefined;
}

const ERROR = 'urn:ietf:params:jmap:error:';

/** Throws `RequestRefused` with the errors of RFC 8620 §3.6.1. */
export function readRequest(webmail: Webmail, body: unknown): ApiRequest {
  if (!isObject(body)) throw notRequest('a request is an object');
  const { using, methodCalls, createdIds } = body;
  if (!Array.isArray(using) || !using.every((one) => typeof one === 'string'))
    throw notRequest('using is a list of capabilities');
  if (!Array.isArray(methodCalls) || !methodCalls.every(isInvocation))
    throw notRequest('methodCalls is a list of [name, arguments, id]');
  const known = serverCapabilities(webmail, '');
  const unknown = using.find((capability) => !Object.hasOwn(known, capability));
  if (unknown !== undefined)
    throw new RequestRefused(400, `${ERROR}unknownCapability`, `${unknown.slice(0, 200)} is not known here`);
  if (methodCalls.length > CORE_LIMITS.maxCallsInRequest)
    throw limit('maxCallsInRequest', `a request has at most ${CORE_LIMITS.maxCallsInRequest} calls`);
  if (
    createdIds !== undefined &&
    !(isObject(createdIds) && Object.values(createdIds).every((id) => typeof id === 'string'))
  )
    throw notRequest('createdIds maps creation ids to ids');
  return { using, methodCalls, createdIds: createdIds as Record<string, string> | undefined };
}

export function notJson(): RequestRefused {
  return new RequestRefused(400, `${ERROR}notJSON`, 'the body is not I-JSON, or not application/json');
}

export function limit(name: string, detail: string, status: 400 | 413 | 429 = 400): RequestRefused {
  return new RequestRefused(status, `${ERROR}limit`, detail, {}, { limit: name });
}

const notRequest = (detail: string): RequestRefused => new RequestRefused(400, `${ERROR}notRequest`, detail);

/** Runs the calls in order; a call that fails is answered by an error, and the next one goes on. */
export async function runRequest(webmail: Webmail, identity: Identity, request: ApiRequest): Promise<object> {
  const responses: Invocation[] = [];
  const createdIds = new Map(Object.entries(request.createdIds ?? {}));
  const using = new Set(request.using);
  const budget: ReferenceBudget = { values: 0 };
  let bytes = 0;
  const respond = (invocation: Invocation): void => {
    bytes += JSON.stringify(invocation[1]).length;
    if (bytes > MAX_RESPONSE_BYTES)
      throw new MethodError('requestTooLarge', 'the response would be too large');
    responses.push(invocation);
  };

  for (const [name, args, callId] of request.methodCalls) {
    const queue: [string, JsonObject][] = [[name, args]];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [method, given] = next;
      try {
        const also = (other: string, its: JsonObject): void => void queue.push([other, its]);
        const whole = resolveReferences(given, responses, budget);
        const result = await runMethod(webmail, identity, { method, args: whole, using, createdIds, also });
        respond([method, result, callId]);
      } catch (error) {
        responses.push(['error', errorOf(webmail, method, error), callId]);
      }
    }
  }
  return {
    methodResponses: responses,
    ...(request.createdIds === undefined ? {} : { createdIds: Object.fromEntries(createdIds) }),
  };
}

interface Running extends Pick<Call, 'using' | 'createdIds' | 'also'> {
  readonly method: string;
  readonly args: JsonObject;
}

async function runMethod(webmail: Webmail, identity: Identity, running: Running): Promise<JsonObject> {
  const { method, args, ...rest } = running;
  const entry = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (entry === undefined || !rest.using.has(entry.capability)) throw new MethodError('unknownMethod');
  const { account } = identity;
  if (entry.accountless !== true) {
    if (typeof args.accountId !== 'string') throw new MethodError('invalidArguments', 'accountId is missing');
    // Other accounts than one's own look like such as are not there.
    if (args.accountId !== account.accountId) throw new MethodError('accountNotFound');
  }
  const started = performance.now();
  try {
    return await entry.run({ webmail, identity, account, accountId: account.accountId, ...rest }, args);
  } finally {
    webmail.metrics.calls.inc({ method });
    webmail.metrics.callSeconds.observe({ method }, (performance.now() - started) / 1000);
  }
}

function errorOf(webmail: Webmail, method: string, error: unknown): JsonObject {
  if (error instanceof MethodError) return { type: error.type, ...error.more };
  if (
    error instanceof MailboxUnavailable ||
    error instanceof SpoolUnavailable ||
    error instanceof DatabaseUnavailable ||
    isUnavailable(error)
  )
    return { type: 'serverUnavailable' };
  webmail.metrics.failures.inc();
  webmail.ports.log.error({ err: error, method }, 'a JMAP call failed');
  return { type: 'serverFail', description: 'the call failed' };
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isInvocation = (value: unknown): value is Invocation =>
  Array.isArray(value) &&
  value.length === 3 &&
  typeof value[0] === 'string' &&
  isObject(value[1]) &&
  typeof value[2] === 'string';
