import type { EmailAddress, EmailSummary, GetResponse, QueryResponse } from '../jmap/types.ts';
import { uniqueAddresses } from '../model/addresses.ts';
import { server } from './session.ts';

const LOOKED_AT = 40;
const SHOWN = 6;

interface Candidate {
  readonly address: EmailAddress;
  readonly uses: number;
}

/** Answers of this session: who types on narrows what was found. */
const asked = new Map<string, Promise<readonly Candidate[]>>();
const MAX_ASKED = 200;

/** Addresses of one's own mail that fit what was typed: those used most come first. */
export async function complete(
  typed: string,
  taken: readonly EmailAddress[],
): Promise<readonly EmailAddress[]> {
  const wanted = typed.trim().toLowerCase();
  if (wanted.length < 2) return [];
  let answer = asked.get(wanted);
  if (!answer) {
    answer = lookUp(wanted);
    asked.set(wanted, answer);
    answer.catch(() => asked.delete(wanted));
    const oldest = asked.keys().next().value;
    if (asked.size > MAX_ASKED && oldest !== undefined) asked.delete(oldest);
  }
  const found = (await answer).map(({ address }) => address);
  return uniqueAddresses(
    found,
    taken.map(({ email }) => email),
  ).slice(0, SHOWN);
}

async function lookUp(wanted: string): Promise<readonly Candidate[]> {
  const { emails } = await server().request<{
    query: QueryResponse;
    emails: GetResponse<Pick<EmailSummary, 'from' | 'to'> & { readonly cc: readonly EmailAddress[] | null }>;
  }>([
    [
      'Email/query',
      {
        filter: { operator: 'OR', conditions: [{ from: wanted }, { to: wanted }] },
        sort: [{ property: 'receivedAt', isAscending: false }],
        limit: LOOKED_AT,
      },
      'query',
    ],
    [
      'Email/get',
      { '#ids': { resultOf: 'query', name: 'Email/query', path: '/ids' }, properties: ['from', 'to', 'cc'] },
      'emails',
    ],
  ]);
  const uses = new Map<string, Candidate>();
  for (const { from, to, cc } of emails.list) {
    for (const address of [...(from ?? []), ...(to ?? []), ...(cc ?? [])]) {
      if (!`${address.name ?? ''} ${address.email}`.toLowerCase().includes(wanted)) continue;
      const key = address.email.toLowerCase();
      const before = uses.get(key);
      uses.set(key, {
        address: before?.address.name ? before.address : address,
        uses: (before?.uses ?? 0) + 1,
      });
    }
  }
  return [...uses.values()].sort((a, b) => b.uses - a.uses);
}
