import { MAX_REFERENCED_VALUES } from './limits.ts';
import { type Invocation, type JsonObject, MethodError } from './method.ts';

/** How much the back-references of one request have brought along so far. */
export interface ReferenceBudget {
  values: number;
}

interface ResultReference {
  readonly resultOf: string;
  readonly name: string;
  readonly path: string;
}

/** The arguments with each `#name` replaced by what an earlier response holds (RFC 8620 §3.7). Throws `MethodError`. */
export function resolveReferences(
  args: JsonObject,
  responses: readonly Invocation[],
  budget: ReferenceBudget,
): JsonObject {
  const resolved: JsonObject = {};
  for (const [name, value] of Object.entries(args)) {
    if (!name.startsWith('#')) {
      resolved[name] = value;
      continue;
    }
    const target = name.slice(1);
    if (Object.hasOwn(args, target))
      throw new MethodError('invalidArguments', `both ${target} and ${name} are given`);
    if (!isReference(value))
      throw new MethodError('invalidResultReference', `${name} is no result reference`);
    resolved[target] = resolve(value, responses, budget);
  }
  return resolved;
}

function isReference(value: unknown): value is ResultReference {
  if (typeof value !== 'object' || value === null) return false;
  const { resultOf, name, path } = value as Partial<Record<keyof ResultReference, unknown>>;
  return typeof resultOf === 'string' && typeof name === 'string' && typeof path === 'string';
}

function resolve(
  reference: ResultReference,
  responses: readonly Invocation[],
  budget: ReferenceBudget,
): unknown {
  const response = responses.find(([, , callId]) => callId === reference.resultOf);
  if (response === undefined || response[0] !== reference.name)
    throw new MethodError(
      'invalidResultReference',
      `there is no response ${reference.name} to ${reference.resultOf}`,
    );
  const { path } = reference;
  if (path !== '' && !path.startsWith('/'))
    throw new MethodError('invalidResultReference', 'a path begins with /');
  const tokens = path.split('/').slice(1).map(unescapeToken);
  return walk(response[1], tokens, budget);
}

/** RFC 6901 §3. */
const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

function walk(value: unknown, tokens: readonly string[], budget: ReferenceBudget): unknown {
  let at = value;
  for (const [index, token] of tokens.entries()) {
    if (Array.isArray(at)) {
      if (token === '*') return flatten(at, tokens.slice(index + 1), budget);
      if (!/^(?:0|[1-9]\d{0,8})$/.test(token) || Number(token) >= at.length) throw nothing(token);
      at = at[Number(token)];
    } else if (typeof at === 'object' && at !== null && Object.hasOwn(at, token)) {
      at = (at as JsonObject)[token];
    } else throw nothing(token);
  }
  spend(budget, at);
  return at;
}

function flatten(list: readonly unknown[], rest: readonly string[], budget: ReferenceBudget): unknown[] {
  const all: unknown[] = [];
  for (const each of list) {
    const found = walk(each, rest, budget);
    if (Array.isArray(found)) for (const one of found) all.push(one);
    else all.push(found);
  }
  return all;
}

/** Counts every value within, so that responses that hold one another do not double without end. */
function spend(budget: ReferenceBudget, value: unknown): void {
  const open = [value];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    budget.values += 1;
    if (budget.values > MAX_REFERENCED_VALUES)
      throw new MethodError('invalidResultReference', 'the references of this request bring too much along');
    if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) open.push(inner);
  }
}

const nothing = (token: string): MethodError =>
  new MethodError('invalidResultReference', `there is nothing at ${token.slice(0, 100)}`);
