import { createHash } from 'node:crypto';
import { arrayOf, type Database, type ElementType } from '../../../shared/database/port.ts';
import type { Logger } from '../../../shared/runtime/log.ts';
import type { TlsSession } from '../open-host.ts';

export const DAY_MS = 86_400_000;
/** A crash loses the counts of this time at most: they are a service to others, not a promise. */
const FLUSH_MS = 10_000;
/** Different results held between two writes; beyond them, what is new is not counted. */
const MAX_RESULTS = 5_000;

interface Result {
  readonly day: number;
  readonly policyDomain: string;
  readonly key: string;
  readonly policyType: string;
  readonly policyString: string;
  readonly policyMx: string;
  /** 'success' or a `ResultType`. */
  readonly result: string;
  readonly sendingIp: string;
  readonly receivingMx: string;
  readonly receivingIp: string;
  readonly detail: string;
  sessions: number;
}

/** In one order, so that two workers do not wait for one another's rows in a circle. */
const ADD_SQL = `insert into tls_result (day, policy_domain, key, policy_type, policy_string, policy_mx, result,
    sending_ip, receiving_mx, receiving_ip, detail, sessions)
  select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::bigint[]) as r order by 1, 2, 3
  on conflict (day, policy_domain, key) do update set sessions = tls_result.sessions + excluded.sessions`;

/** Counts how TLS with others began, for the reports that they want (RFC 8460); written down together. */
export class TlsResults {
  readonly #database: Database;
  readonly #log: Logger;
  #results = new Map<string, Result>();
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  add(session: TlsSession, sessions = 1): void {
    const result = resultOf(session, Math.floor(this.#database.now() / DAY_MS));
    const id = `${result.day} ${result.policyDomain} ${result.key}`;
    const known = this.#results.get(id);
    if (known) known.sessions += sessions;
    else if (this.#results.size < MAX_RESULTS) this.#results.set(id, { ...result, sessions });
  }

  /** What could not be written is kept for the next time. */
  async flush(): Promise<void> {
    const results = this.#results;
    if (results.size === 0) return;
    this.#results = new Map();
    try {
      await this.#write([...results.values()]);
    } catch (error) {
      this.#log.warn({ err: error }, 'results of TLS could not be written down');
      for (const [id, { sessions, ...result }] of results) {
        const known = this.#results.get(id);
        if (known) known.sessions += sessions;
        else if (this.#results.size < MAX_RESULTS) this.#results.set(id, { ...result, sessions });
      }
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(results: readonly Result[]): Promise<void> {
    const column = <Value>(type: ElementType, value: (result: Result) => Value): Value[] =>
      arrayOf(type, results.map(value));
    await this.#database.prepared('tls_results_add', ADD_SQL, [
      column('int4', ({ day }) => day),
      column('text', ({ policyDomain }) => policyDomain),
      column('text', ({ key }) => key),
      column('text', ({ policyType }) => policyType),
      column('text', ({ policyString }) => policyString),
      column('text', ({ policyMx }) => policyMx),
      column('text', ({ result }) => result),
      column('text', ({ sendingIp }) => sendingIp),
      column('text', ({ receivingMx }) => receivingMx),
      column('text', ({ receivingIp }) => receivingIp),
      column('text', ({ detail }) => detail),
      column('int8', ({ sessions }) => sessions),
    ]);
  }
}

/** Sessions that went well are counted together, whichever host they were with. */
function resultOf({ policy, problem, mx, address, localAddress }: TlsSession, day: number) {
  const failure = {
    sendingIp: localAddress ?? '',
    receivingMx: mx,
    receivingIp: address,
    detail: problem?.text.slice(0, 200) ?? '',
  };
  const success = { sendingIp: '', receivingMx: '', receivingIp: '', detail: '' };
  const result = {
    day,
    policyDomain: policy.domain,
    policyType: policy.type,
    policyString: policy.lines.join('\n'),
    policyMx: policy.mx.join('\n'),
    result: problem?.type ?? 'success',
    ...(problem ? failure : success),
  };
  const key = createHash('sha256').update(JSON.stringify(result)).digest('base64url').slice(0, 22);
  return { ...result, key };
}
