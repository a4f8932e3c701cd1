import type { SecureContext } from 'node:tls';
import type { Logger } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { material, type Pair, type TlsMaterial } from './certificate.ts';
import type { ServerTls } from './handshake.ts';

/** How often files and database are looked at for a new certificate. Milliseconds. */
export const RELOAD_MS = 5_000;

/** A pair as it is now, or why there is none. `origin` tells a person where it is from, and is the same each time. */
export type Found =
  | { readonly origin: string; readonly pair: Pair }
  | { readonly origin: string; readonly problem: string };

export interface CertificateSource {
  /** All it has. Throws when it cannot be looked at; what it had then stays in use. */
  read(): Promise<readonly Found[]>;
}

export interface CertificateStoreOptions {
  /** Where two have a certificate for one name, the earlier source goes first. */
  readonly sources: readonly CertificateSource[];
  /** Asked while no certificate of the others is for `defaultName`. */
  readonly fallback: CertificateSource;
  /** Whose certificate a client gets that names no host, or none of ours; undefined: the first there is. */
  readonly defaultName: string | undefined;
  /** By whom clients' certificates are made, PEM; undefined: they are not asked for one. */
  readonly clientCa: (() => Promise<string>) | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly reloadMs?: number;
}

interface Loaded {
  readonly source: number;
  readonly pair: Pair;
  readonly clientCa: string | undefined;
  readonly material: TlsMaterial;
}

/**
 * The certificates of this process: by the name the client asks for (SNI, RFC 6066 §3), read again when they change, for
 * handshakes from then on. What cannot be used is logged and counted, and the one before stays in use.
 */
export class CertificateStore implements ServerTls {
  readonly #options: CertificateStoreOptions;
  readonly #timer: NodeJS.Timeout;
  /** By origin. */
  #loaded = new Map<string, Loaded>();
  /** By name, `*.example.org` under itself. */
  #byName = new Map<string, TlsMaterial>();
  /** For a client that names no host, or none we have a certificate for. */
  #default: TlsMaterial | undefined;
  #clientCa: string | undefined;
  /** By origin, so that each is logged once. */
  #problems = new Map<string, string>();
  #shown = new Set<string>();
  #refreshing: Promise<void> | undefined;

  private constructor(options: CertificateStoreOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.refresh(), options.reloadMs ?? RELOAD_MS).unref();
    options.metrics.gauge(
      'cartero_tls_certificate_expiry_seconds',
      'when each certificate in use ends, in seconds since 1970',
      ['name'],
      (gauge) => {
        for (const name of this.#shown) gauge.set({ name }, Number.NaN);
        this.#shown = new Set(this.#byName.keys());
        for (const [name, { notAfter }] of this.#byName) gauge.set({ name }, notAfter / 1_000);
      },
    );
  }

  /** Rejects, with a message that names the file, when there is nothing a listener could start with. */
  static async open(options: CertificateStoreOptions): Promise<CertificateStore> {
    const store = new CertificateStore(options);
    try {
      await store.#read();
    } catch (error) {
      store.close();
      throw error;
    }
    return store;
  }

  get secureContext(): SecureContext {
    return this.material.secureContext;
  }

  /** For a client that names no host, or none we have a certificate for. */
  get material(): TlsMaterial {
    return this.#default!;
  }

  get requestCert(): boolean {
    return this.#options.clientCa !== undefined;
  }

  contextFor(servername: string): SecureContext | undefined {
    return lookUp(this.#byName, servername)?.secureContext;
  }

  /** Of all names there is a certificate for. */
  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** Looks for new certificates now. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read()
      .catch((error: unknown) => this.#problem('certificates', (error as Error).message))
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const { sources, fallback, clientCa } = this.#options;
    if (clientCa !== undefined) await this.#readClientCa(clientCa);
    const loaded = new Map<string, Loaded>();
    for (const [index, source] of sources.entries()) await this.#readSource(source, index, loaded);
    if (this.#defaultOf(loaded) === undefined) await this.#readSource(fallback, sources.length, loaded);
    this.#default = this.#defaultOf(loaded);
    if (this.#default === undefined) throw new Error('there is no certificate');
    this.#loaded = loaded;
    this.#byName = byName(loaded);
  }

  async #readClientCa(read: () => Promise<string>): Promise<void> {
    try {
      this.#clientCa = await read();
    } catch (error) {
      if (this.#clientCa === undefined) throw error;
      this.#problem('TLS_CLIENT_CA', (error as Error).message);
    }
  }

  async #readSource(source: CertificateSource, index: number, loaded: Map<string, Loaded>): Promise<void> {
    let all: readonly Found[];
    try {
      all = await source.read();
    } catch (error) {
      if (this.#default === undefined) throw error;
      this.#problem(`source ${index + 1}`, (error as Error).message);
      for (const [origin, before] of this.#loaded) if (before.source === index) loaded.set(origin, before);
      return;
    }
    for (const found of all) {
      const one = this.#load(found, index);
      if (one !== undefined) loaded.set(found.origin, one);
    }
  }

  #load(found: Found, source: number): Loaded | undefined {
    const before = this.#loaded.get(found.origin);
    if ('problem' in found) return this.#keep(found.origin, found.problem, before);
    const { pair } = found;
    const clientCa = this.#clientCa;
    if (before !== undefined && samePair(before.pair, pair) && before.clientCa === clientCa) return before;
    try {
      const loaded = { source, pair, clientCa, material: material(pair, clientCa) };
      this.#problems.delete(found.origin);
      const { names, fingerprint, notAfter } = loaded.material;
      if (before !== undefined)
        this.#options.log.info(
          { origin: found.origin, names, fingerprint, notAfter: new Date(notAfter).toISOString() },
          'a new certificate is in use',
        );
      return loaded;
    } catch (error) {
      return this.#keep(found.origin, (error as Error).message, before);
    }
  }

  #keep(origin: string, problem: string, before: Loaded | undefined): Loaded | undefined {
    // TLS_CERT_FILE at the start: nobody means to run with another one.
    if (before === undefined && origin.startsWith('TLS_CERT_FILE'))
      throw new Error(`cannot use ${origin}: ${problem}`);
    this.#problem(origin, problem);
    return before;
  }

  #problem(origin: string, problem: string): void {
    if (this.#problems.get(origin) === problem) return;
    this.#problems.set(origin, problem);
    const { log, metrics } = this.#options;
    log.error({ origin, problem }, 'a certificate cannot be used; what there was before stays');
    metrics
      .counter('cartero_tls_certificate_failures_total', 'certificates that were found and cannot be used')
      .inc();
  }

  #defaultOf(loaded: ReadonlyMap<string, Loaded>): TlsMaterial | undefined {
    const { defaultName, sources } = this.#options;
    const inOrder = ordered(loaded);
    const named = defaultName === undefined ? inOrder[0]?.material : lookUp(byName(loaded), defaultName);
    return named ?? inOrder.find(({ source }) => source === sources.length)?.material;
  }
}

function ordered(loaded: ReadonlyMap<string, Loaded>): Loaded[] {
  return [...loaded.values()].sort(
    (a, b) => a.source - b.source || b.material.notAfter - a.material.notAfter,
  );
}

function byName(loaded: ReadonlyMap<string, Loaded>): Map<string, TlsMaterial> {
  const found = new Map<string, TlsMaterial>();
  for (const { material } of ordered(loaded))
    for (const name of material.names) if (!found.has(name)) found.set(name, material);
  return found;
}

function lookUp(all: ReadonlyMap<string, TlsMaterial>, servername: string): TlsMaterial | undefined {
  const name = servername.toLowerCase();
  // RFC 6125 §6.4.3: a wildcard stands for one label.
  return all.get(name) ?? all.get(`*${name.slice(name.indexOf('.'))}`);
}

const samePair = (a: Pair, b: Pair): boolean => a.certificate === b.certificate && a.key === b.key;
