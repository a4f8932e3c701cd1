/** The kinds of value a setting can have: text in, a typed value or a problem out. */
import { z } from 'zod';
import { type MilterAddress, readMilterAddress } from '../net/milter-connection.ts';
import { readRange } from '../net/networks.ts';

type Read<T> = (text: string) => T | { readonly problem: string };

const isProblem = (value: unknown): value is { readonly problem: string } =>
  typeof value === 'object' && value !== null && 'problem' in value;

function kind<T>(read: Read<T>): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = read(text.trim());
    if (!isProblem(value)) return value;
    context.addIssue({ code: 'custom', message: value.problem });
    return z.NEVER;
  }) as z.ZodType<T, string>;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `8s`, `5m`, `1h`, `5d`, `250ms` → milliseconds, or undefined. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * UNIT_MS[match[2]!]! : undefined;
}

export const text = () => kind<string>((value) => value);

export const oneOf = <const T extends string>(...words: readonly T[]) =>
  kind<T>(
    (value) => words.find((word) => word === value) ?? { problem: `must be one of ${words.join(', ')}` },
  );

/** Several of these words, with commas between them. */
export const wordsOf = <const T extends string>(...words: readonly T[]) =>
  kind<T[]>((value) => {
    const all = value.split(',').map((part) => words.find((word) => word === part.trim()));
    return all.every((word) => word !== undefined)
      ? all
      : { problem: `must be some of ${words.join(', ')}, with commas between them` };
  });

export function integer(least: number, most: number) {
  return kind<number>((value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most
      ? number
      : { problem: `must be a whole number from ${least} to ${most}` };
  });
}

/** 0 asks the system for any free port. */
export const port = () => integer(0, 65_535);

/** `imaps=2993,pop3=0`, or `standard` for none of them. */
export function portsByName<const T extends string>(...names: readonly T[]) {
  return kind<Partial<Record<T, number>>>((value) => {
    const ports: Partial<Record<T, number>> = {};
    for (const part of value === 'standard' ? [] : value.split(',')) {
      const [, name, number] = /^\s*([a-z0-9]+)=(\d{1,5})\s*$/.exec(part) ?? [];
      const known = names.find((each) => each === name);
      if (known === undefined || Number(number) > 65_535)
        return {
          problem: `must be standard, or name=port with commas between them; names: ${names.join(', ')}`,
        };
      ports[known] = Number(number);
    }
    return ports;
  });
}

/** Characters that may begin the detail of an address, or `none`. */
export const detailSeparators = () =>
  kind<string>((value) => {
    if (value === 'none') return '';
    return /^[+\-=_.]{1,5}$/.test(value)
      ? value
      : { problem: 'must be none, or one or more of the characters + - = _ .' };
  });

export function duration(leastMs: number) {
  return kind<number>((value) => {
    const ms = parseDuration(value);
    if (ms === undefined) return { problem: 'must be a duration such as 500ms, 8s, 5m, 1h or 5d' };
    return ms >= leastMs ? ms : { problem: `must be at least ${leastMs} ms` };
  });
}

export function durations() {
  return kind<number[]>((value) => {
    const all = value.split(',').map((part) => parseDuration(part.trim()));
    return all.every((ms) => ms !== undefined && ms > 0)
      ? (all as number[])
      : { problem: 'must be durations with commas between them, such as 5m,15m,1h' };
  });
}

/** One URL or, where the server allows a list, several with commas between them. Never echoes the value: it may hold a password. */
export function url(schemes: readonly string[], many = false) {
  const problem = { problem: `must be a URL that begins with ${schemes.map((s) => `${s}://`).join(' or ')}` };
  const good = (value: string) =>
    URL.canParse(value) &&
    schemes.includes(new URL(value).protocol.slice(0, -1)) &&
    new URL(value).host !== '';
  return kind<string>((value) =>
    (many ? value.split(',') : [value]).every((part) => good(part.trim())) ? value : problem,
  );
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/i;

const isHost = (value: string) => HOST_NAME.test(value) || /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(value);

export const hostName = () =>
  kind<string>((value) =>
    HOST_NAME.test(value) ? value : { problem: 'must be a host name such as mail.example.org' },
  );

export const host = () =>
  kind<string>((value) => (isHost(value) ? value : { problem: 'must be a host name or an address' }));

function isHostAndPort(value: string): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(value);
  if (!match) return false;
  return isHost(match[1] ?? match[2] ?? '') && (match[3] === undefined || Number(match[3]) <= 65_535);
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
export const hostAndPort = () =>
  kind<string>((value) => (isHostAndPort(value) ? value : { problem: 'must be host or host:port' }));

export const hostsAndPorts = () =>
  kind<string[]>((value) => {
    const all = value.split(',').map((part) => part.trim());
    return all.every(isHostAndPort)
      ? all
      : { problem: 'must be host:port, several with commas between them' };
  });

/** Addresses and networks, or `none`. */
export const networks = () =>
  kind<string[]>((value) => {
    if (value === 'none') return [];
    const all = value.split(',').map((part) => part.trim());
    const wrong = all.find((part) => readRange(part) === undefined);
    return wrong === undefined
      ? all
      : { problem: 'must be addresses or networks such as 192.0.2.0/24, or none' };
  });

const DOMAIN_PATTERN = /^(?=.{1,253}$)(?:[a-z0-9][a-z0-9-]{0,62}\.)*(?:\*|[a-z0-9][a-z0-9-]{0,62})$/;

/** Host names, the end of each may be `*`. */
export const domainPatterns = () =>
  kind<string[]>((value) => {
    const all = value.split(',').map((part) => part.trim().toLowerCase());
    return all.every((part) => DOMAIN_PATTERN.test(part))
      ? all
      : { problem: 'must be host names with commas between them, such as mail.example.org,mta-sts.*' };
  });

/** Domains in lower case, or `none`. */
export const domains = () =>
  kind<string[]>((value) => {
    if (value === 'none') return [];
    const all = value.split(',').map((part) => part.trim().toLowerCase());
    return all.every((part) => HOST_NAME.test(part))
      ? all
      : { problem: 'must be domains such as example.org with commas between them, or none' };
  });

/** Where mail filters listen, or `none`. */
export const milters = () =>
  kind<MilterAddress[]>((value) => {
    if (value === 'none') return [];
    const all = value.split(',').map((part) => readMilterAddress(part.trim()));
    return all.every((address) => address !== undefined)
      ? all
      : { problem: 'must be inet:host:port or unix:/path, several with commas between them, or none' };
  });

/** Some of `known`, in any letter case. */
export const words = (...known: readonly string[]) =>
  kind<string[]>((value) => {
    const all = value.split(',').map((part) => part.trim().toUpperCase());
    return all.every((part) => known.includes(part))
      ? all
      : { problem: `must be some of ${known.join(', ')}, with commas between them` };
  });

export const mailAddress = () =>
  kind<string>((value) => {
    const at = value.lastIndexOf('@');
    return at > 0 && HOST_NAME.test(value.slice(at + 1)) && !/\s/.test(value)
      ? value
      : { problem: 'must be a mail address' };
  });
