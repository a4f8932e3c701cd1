import { start } from '../../../../services/mailbox-store/service.ts';
import { PARTITIONS, partitionOf } from '../../../../shared/actor/partition.ts';
import type { Bus, BusHandler } from '../../../../shared/bus/port.ts';
import { subjects } from '../../../../shared/bus/subjects.ts';
import { DatabaseUnavailable } from '../../../../shared/database/port.ts';
import { readConfig } from '../../../../shared/runtime/config.ts';
import { createLogger } from '../../../../shared/runtime/log.ts';
import type { Metrics } from '../../../../shared/runtime/metrics.ts';
import type { Ports } from '../../../../shared/runtime/service.ts';
import { ASIDE, emptyTables, modelDatabase, recognise, type Statement, type Tables } from './store.ts';

/** How often each thing may happen on one path. */
export interface Budget {
  readonly ticks: number;
  readonly hints: number;
  /** A reply lost after the statement, a statement never run, or one that runs after its connection was lost. */
  readonly faults: number;
  readonly expiries: number;
  readonly crashes: number;
}

/** A change to the SQL on its way to the database: a bug planted on purpose. */
export type Plant = (text: string) => string;

interface Pending {
  readonly store: string;
  readonly statement: Statement;
  resolve(result: ReturnType<Statement['run']>): void;
  reject(error: Error): void;
}

interface Store {
  readonly name: string;
  readonly handlers: Map<string, Set<BusHandler>>;
  reconnected: () => void;
  crashed: boolean;
  /** Under which it believes to be alive. */
  replicaId: string;
  /** What it asked and was answered, in order: equal histories are equal states, as the code has no other input. */
  history: string;
}

const NOTHING = { inc() {}, dec() {}, set() {}, observe() {} };
const METRICS = {
  counter: () => NOTHING,
  gauge: () => NOTHING,
  histogram: () => NOTHING,
} as unknown as Metrics;
/** So long that the owner's own clock never stops it: what holds, must hold by the fence alone. */
const CONFIG = { ...readConfig({ LOG_LEVEL: 'silent' }), leaseMs: 600_000_000 };
const LOG = createLogger(CONFIG, 'model');
const NAMES = ['A', 'B'] as const;
/** With two members this partition goes from the first to the second. */
const ACCOUNT = String(
  Array.from({ length: 100 }, (_, id) => id + 1).find((id) => partitionOf(String(id)) >= PARTITIONS / 2),
);
const PARTITION = partitionOf(ACCOUNT);
const EMAIL_ID = '0'.repeat(32);
const FAIR_ROUNDS = 4;

export class Violation extends Error {}

/**
 * Two mailbox stores, the real ones, over a database whose every statement waits to be carried out. What may happen
 * next is a list of choices; a path of choices always leads to the same state.
 */
export class World {
  readonly tables: Tables = emptyTables();
  readonly #plant: Plant;
  readonly #stores = new Map<string, Store>();
  #pending: Pending[] = [];
  /** Connection lost while the statement was on its way: it may still run, at any time, or never. */
  #late: Pending[] = [];
  #left: Budget;
  #labels = new Map<string, string>();
  #broken: Error | undefined;

  constructor(budget: Budget, plant: Plant = (text) => text) {
    this.#left = budget;
    this.#plant = plant;
  }

  /** A runs and holds everything; one message waits in the spool. */
  async begin(): Promise<void> {
    this.#launch('A');
    await this.#runAll();
    this.tables.spool.add(`${PARTITION} ${ACCOUNT} ${EMAIL_ID}`);
  }

  choices(): string[] {
    const { ticks, hints, faults, expiries, crashes } = this.#left;
    const some: string[] = [];
    this.#pending.forEach((_, index) => {
      some.push(`run ${index}`);
      if (faults > 0) some.push(`lose ${index}`, `fail ${index}`, `late ${index}`);
    });
    this.#late.forEach((_, index) => {
      some.push(`after ${index}`);
    });
    for (const name of NAMES) {
      const store = this.#stores.get(name);
      if (!store || store.crashed) {
        some.push(`start ${name}`);
        continue;
      }
      if (ticks > 0) some.push(`tick ${name}`);
      if (hints > 0) some.push(`hint ${name}`);
      if (crashes > 0) some.push(`crash ${name}`);
    }
    if (expiries > 0)
      for (const replica of this.tables.replicas.values())
        if (replica.alive && !replica.expired) some.push(`expire ${this.#label(replica.id)}`);
    return some;
  }

  async take(choice: string): Promise<void> {
    const [verb = '', what = ''] = choice.split(' ');
    const store = this.#stores.get(what);
    switch (verb) {
      case 'start':
        this.#launch(what);
        break;
      case 'tick':
        this.#spend('ticks');
        this.#tell(store!, subjects.leasesChanged('mailbox'), {});
        break;
      case 'hint':
        this.#spend('hints');
        this.#tell(store!, subjects.spoolLocal(PARTITION), { entries: [[ACCOUNT, EMAIL_ID, null]] });
        break;
      case 'expire':
        this.#spend('expiries');
        for (const replica of this.tables.replicas.values())
          if (this.#label(replica.id) === what) replica.expired = true;
        break;
      case 'crash':
        this.#spend('crashes');
        this.#crash(store!);
        break;
      case 'after':
        this.#execute(this.#late.splice(Number(what), 1)[0]!, true);
        break;
      default:
        this.#answer(verb, this.#pending.splice(Number(what), 1)[0]!);
    }
    await this.#settle();
    if (this.#broken) throw this.#broken;
  }

  /** Equal digests: everything that can follow is equal, too. */
  digest(): string {
    const { replicas, owners, epochs, spool, inbox } = this.tables;
    let text = `${JSON.stringify(this.#left)}${[...spool]}|${inbox}|`;
    for (const one of replicas.values())
      text += `${this.#label(one.id)}${Number(one.alive)}${Number(one.draining)}${Number(one.expired)},`;
    for (let from = 0; from < owners.length; ) {
      let to = from;
      while (to < owners.length && owners[to] === owners[from] && epochs[to] === epochs[from]) to++;
      text += `${this.#label(owners[from] ?? '')}${to}.${epochs[from]} `;
      from = to;
    }
    for (const store of this.#stores.values()) text += `|${store.name}${store.crashed}${store.history}`;
    const waiting = (all: Pending[]) => all.map(({ store, statement }) => `${store}${statement.name}`);
    return `${text}|${waiting(this.#pending)}|${waiting(this.#late)}`;
  }

  /** From here on nothing goes wrong any more: then all must be well after a while. Throws `Violation`. */
  async finish(): Promise<void> {
    for (const late of this.#late.splice(0)) this.#execute(late, true);
    for (const store of this.#stores.values()) if (store.crashed) this.#stores.delete(store.name);
    if (this.#stores.size === 0) this.#launch('B');
    for (let round = 0; round < FAIR_ROUNDS; round++) {
      await this.#runAll();
      const current = new Set<string>();
      for (const store of this.#stores.values()) current.add(store.replicaId);
      for (const replica of this.tables.replicas.values())
        if (!current.has(replica.id)) replica.expired = true;
      for (const store of this.#stores.values()) {
        this.#tell(store, subjects.leasesChanged('mailbox'), {});
        await this.#settle();
        store.reconnected();
      }
    }
    await this.#runAll();
    if (this.#broken) throw this.#broken;
    if (this.tables.spool.size > 0) throw new Violation('the message waits in the spool for ever');
    if (this.tables.inbox.length !== 1) throw new Violation(`delivered ${this.tables.inbox.length} times`);
    this.tables.owners.forEach((owner, partition) => {
      const store = [...this.#stores.values()].find((one) => one.replicaId === owner);
      if (!store) throw new Violation(`partition ${partition} belongs to nobody`);
      const serving = [...this.#stores.values()].filter(
        (one) => (one.handlers.get(subjects.mailboxPartition(partition))?.size ?? 0) > 0,
      );
      if (serving.length !== 1 || serving[0] !== store)
        throw new Violation(
          `partition ${partition} of ${store.name} is served by ${serving.map((one) => one.name).join() || 'nobody'}`,
        );
    });
  }

  #label(id: string): string {
    const [name = ''] = id.split('/');
    if (id === '') return '-';
    let label = this.#labels.get(id);
    if (!label) {
      label = `${name}${[...this.#labels.keys()].filter((one) => one.startsWith(`${name}/`)).length + 1}`;
      this.#labels.set(id, label);
    }
    return label;
  }

  #spend(what: keyof Budget): void {
    this.#left = { ...this.#left, [what]: this.#left[what] - 1 };
  }

  #launch(name: string): void {
    const store: Store = {
      name,
      handlers: new Map(),
      reconnected: () => {},
      crashed: false,
      replicaId: '',
      history: '',
    };
    this.#stores.set(name, store);
    const database = modelDatabase((text, parameters) => this.#ask(store, text, parameters));
    const bus: Bus = {
      connected: true,
      publish: () => {},
      request: () => Promise.reject(new Error('no requests here')),
      async subscribe(subject, handler) {
        const handlers = store.handlers.get(subject) ?? new Set();
        store.handlers.set(subject, handlers.add(handler));
        return { unsubscribe: async () => void handlers.delete(handler) };
      },
      onReconnect(listener) {
        store.reconnected = listener;
      },
      close: async () => {},
    };
    const tracing = { span: async (_name: string, _options: object, work: () => Promise<unknown>) => work() };
    const ports = { database, bus, log: LOG, metrics: METRICS, tracing } as unknown as Ports;
    // A process that does not come up ends, and would be started again.
    start(ports, { ...CONFIG, replicaName: name }).catch(() => this.#crash(store));
  }

  #ask(store: Store, text: string, parameters: readonly unknown[]): Promise<ReturnType<Statement['run']>> {
    if (ASIDE.test(text)) return Promise.resolve({ rows: [], affected: 0 });
    const copy = structuredClone(parameters);
    return new Promise((resolve, reject) => {
      if (store.crashed) return;
      try {
        const statement = recognise(this.tables, this.#plant(text), copy);
        this.#pending.push({ store: store.name, statement, resolve, reject });
      } catch (error) {
        // The code under test would log it and go on.
        this.#broken = error as Error;
      }
    });
  }

  #tell(store: Store, subject: string, payload: object): void {
    store.history += `;${subject}`;
    for (const handler of store.handlers.get(subject) ?? [])
      void handler({ subject, payload: payload as never, headers: {} });
  }

  #crash(store: Store): void {
    store.crashed = true;
    store.handlers.clear();
    store.history = '';
    this.#late.push(...this.#pending.filter((one) => one.store === store.name));
    this.#pending = this.#pending.filter((one) => one.store !== store.name);
  }

  #answer(how: string, pending: Pending): void {
    const store = this.#stores.get(pending.store)!;
    const lost = new DatabaseUnavailable(new Error('connection lost'));
    store.history += `;${pending.statement.name} `;
    if (how !== 'run') {
      this.#spend('faults');
      store.history += 'lost';
      if (how === 'late') this.#late.push(pending);
      if (how === 'lose') this.#execute(pending, false);
      pending.reject(lost);
      return;
    }
    const result = this.#execute(pending, false);
    if (pending.statement.name === 'join') store.replicaId = pending.statement.replicaId;
    store.history += summary(result);
    pending.resolve(result);
  }

  #execute({ statement }: Pending, late: boolean): ReturnType<Statement['run']> {
    const before = this.tables.inbox.length;
    const result = statement.run();
    if (this.tables.inbox.length === before) return result;
    if (new Set(this.tables.inbox).size < this.tables.inbox.length)
      this.#broken = new Violation('delivered twice');
    const owner = this.tables.owners[PARTITION];
    // One whose connection was lost is held to the fence alone; settling in the same statement makes it harmless.
    if (late ? !this.tables.replicas.get(statement.replicaId)?.alive : owner !== statement.replicaId)
      this.#broken = new Violation(
        `${this.#label(statement.replicaId)} delivered; the owner is ${this.#label(owner ?? '')}`,
      );
    return result;
  }

  async #runAll(): Promise<void> {
    await this.#settle();
    while (this.#pending.length > 0) {
      this.#answer('run', this.#pending.shift()!);
      await this.#settle();
    }
  }

  /** Until the real code waits for the database again: its group commit and its first poll go by `setImmediate`. */
  async #settle(): Promise<void> {
    for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Rows hold nothing but partitions, counts and the one message. */
function summary({ rows, affected }: ReturnType<Statement['run']>): string {
  const partitions = rows.map((row) => ('partition' in row ? Number(row.partition) : -1));
  return `${affected}/${JSON.stringify(rows[0])}/${partitions.reduce((sum, one) => sum * 31 + one, 7) % 1e9}`;
}
