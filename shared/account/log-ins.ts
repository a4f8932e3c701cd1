import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/port.ts';
import type { SaslCredentials } from '../protocol/sasl/mechanism.ts';
import { offerMechanisms, type SaslOffer } from '../protocol/sasl/mechanisms.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { SessionStore } from '../session/port.ts';
import { addressKey } from './address.ts';
import { type Guesser, Guesses } from './guesses.ts';
import { LogInJournal, type LogInOutcome } from './log-in-journal.ts';
import type {
  Account,
  AccountDirectory,
  ConnectionLogIns,
  LogInCheck,
  LogInConnection,
  LogInProtocol,
  LogIns,
  PasswordKey,
  TokenCheck,
} from './port.ts';
import { scramPrimitives } from './scram.ts';
import { Turns } from './turns.ts';

/** Log-ins of one account from one network that are checked at once by one replica: what may be guessed before the first is counted. */
const CHECKS_AT_ONCE = 8;
/** Others wait, as a telephone's five connections do; a hundred clients of one account are too many only when more than this wait. */
const MAX_WAITING_CHECKS = 1_000;

export interface LogInOptions {
  readonly accounts: AccountDirectory;
  readonly sessions: SessionStore;
  readonly database: Database;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly config: Pick<Config, 'logInGuesses' | 'logInGuessesPerNetwork' | 'oidcIssuer' | 'authMechanisms'>;
  /** Missing: no tokens are taken. */
  readonly checkToken?: TokenCheck;
  /** How an answer is held back. */
  readonly wait?: (ms: number) => Promise<unknown>;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** What all connections share. */
interface Shared extends LogInOptions {
  readonly guesses: Guesses;
  readonly journal: LogInJournal;
  readonly turns: Turns;
}

/** The one gate of SMTP, IMAP and POP3: passwords and app passwords, SCRAM, tokens, certificates; throttled and written down. */
export function createLogIns(options: LogInOptions): LogIns {
  const { config } = options;
  const shared: Shared = {
    ...options,
    guesses: new Guesses(options.sessions, {
      perAccount: config.logInGuesses,
      perNetwork: config.logInGuessesPerNetwork,
    }),
    journal: new LogInJournal(options.database, options.log, options.metrics),
    turns: new Turns(CHECKS_AT_ONCE, MAX_WAITING_CHECKS),
  };
  return {
    of: (protocol, connection) => new OneConnection(shared, protocol, connection),
    close: () => shared.journal.flush(),
  };
}

/** Who it is, when the credentials hold. */
interface Found {
  readonly account: Account;
  readonly key?: PasswordKey;
}

class OneConnection implements ConnectionLogIns {
  readonly #shared: Shared;
  readonly #protocol: LogInProtocol;
  readonly #connection: LogInConnection;
  /** Those of the SCRAM exchange under way. */
  #keys: readonly PasswordKey[] = [];

  constructor(shared: Shared, protocol: LogInProtocol, connection: LogInConnection) {
    this.#shared = shared;
    this.#protocol = protocol;
    this.#connection = connection;
  }

  offer(): SaslOffer {
    const connection = this.#connection;
    const bindable = connection.secure !== null && canBind(connection);
    return offerMechanisms({
      primitives: scramPrimitives,
      binding: bindable ? (type) => connection.channelBinding(type) : undefined,
      issuer: this.#shared.checkToken && this.#shared.config.oidcIssuer,
      certificate: connection.clientAddresses.length > 0,
      allowed: this.#shared.config.authMechanisms,
    });
  }

  async check(credentials: SaslCredentials): Promise<LogInCheck> {
    if (credentials.kind === 'password' && !this.#passwordsTaken) return this.#refused(credentials);
    const guesser = this.#guesser(credentials);
    const endTurn = await this.#shared.turns.take(`${guesser.name} ${guesser.network}`);
    if (endTurn === undefined) return { outcome: 'throttled' };
    let checked: LogInCheck;
    try {
      if (!(await this.#shared.guesses.allowed(guesser))) return this.#throttled(credentials);
      if (credentials.kind === 'scram') return await this.#keysOf(credentials.authenticationId);
      checked = await this.#judge(credentials);
      if (checked.outcome !== 'refused') return checked;
    } finally {
      endTurn();
    }
    const heldBack = await this.#shared.guesses.wrong(guesser);
    if (heldBack > 0) await (this.#shared.wait ?? sleep)(heldBack);
    return checked;
  }

  /** LOGIN of IMAP and USER of POP3 show a password as PLAIN does. */
  get #passwordsTaken(): boolean {
    const { authMechanisms: allowed } = this.#shared.config;
    return allowed.length === 0 || allowed.includes('PLAIN') || allowed.includes('LOGIN');
  }

  #refused(credentials: SaslCredentials): LogInCheck {
    this.#write(credentials, 'refused', undefined);
    return { outcome: 'refused', answer: { kind: 'verdict', accepted: false } };
  }

  async #keysOf(name: string): Promise<LogInCheck> {
    const { salt, iterations, keys } = await this.#shared.accounts.passwords(name);
    this.#keys = keys.filter((key) => this.#opens(key));
    return { outcome: 'continue', answer: { kind: 'keys', salt, iterations, keys: this.#keys } };
  }

  async #judge(credentials: SaslCredentials): Promise<LogInCheck> {
    const found = await this.#find(credentials);
    if (found?.account.enabled && mayActAs(found.account, credentials.authorizationId)) {
      this.#write(credentials, 'accepted', found);
      return { outcome: 'accepted', answer: { kind: 'verdict', accepted: true }, account: found.account };
    }
    this.#write(credentials, 'refused', found);
    return { outcome: 'refused', answer: { kind: 'verdict', accepted: false } };
  }

  async #find(credentials: SaslCredentials): Promise<Found | undefined> {
    const { accounts } = this.#shared;
    switch (credentials.kind) {
      case 'password': {
        const { account, key } = await accounts.matchPassword(
          credentials.authenticationId,
          credentials.password,
        );
        return account !== undefined && key !== undefined && this.#opens(key) ? { account, key } : undefined;
      }
      case 'proof': {
        const key = credentials.key === undefined ? undefined : this.#keys[credentials.key];
        const account = key && (await accounts.find(credentials.authenticationId));
        return account && { account, key };
      }
      case 'token': {
        const address = await this.#shared.checkToken?.(credentials.token);
        const account = address === undefined ? undefined : await accounts.find(address);
        return account && { account };
      }
      case 'certificate':
        return this.#certified(credentials.authorizationId);
      case 'scram':
        return undefined;
    }
  }

  /** The one account that the certificate names; of several the client says which. */
  async #certified(authorizationId: string): Promise<Found | undefined> {
    const named = new Map<string, Account>();
    for (const address of this.#connection.clientAddresses) {
      const account = await this.#shared.accounts.find(address);
      if (account !== undefined && mayActAs(account, authorizationId)) named.set(account.accountId, account);
    }
    const [account] = named.values();
    return account !== undefined && named.size === 1 ? { account } : undefined;
  }

  /** An app password opens what it is for, until it expires. */
  #opens({ appPassword }: PasswordKey): boolean {
    if (appPassword === undefined) return true;
    const now = (this.#shared.now ?? Date.now)();
    const { scopes, expiresAt } = appPassword;
    return scopes.includes(this.#protocol) && (expiresAt === null || expiresAt > now);
  }

  #guesser(credentials: SaslCredentials): Guesser {
    const { accounts, journal } = this.#shared;
    const { network } = this.#connection;
    const guessable = credentials.kind !== 'token' && credentials.kind !== 'certificate';
    const name = guessable ? foldName(credentials.authenticationId) : '';
    const known = async (): Promise<boolean> => {
      const account = name === '' ? undefined : await accounts.find(name);
      return account !== undefined && journal.knows(account, network);
    };
    return { name, network, known };
  }

  #throttled(credentials: SaslCredentials): LogInCheck {
    this.#write(credentials, 'throttled', undefined);
    return { outcome: 'throttled' };
  }

  #write(credentials: SaslCredentials, outcome: LogInOutcome, found: Found | undefined): void {
    const { remoteAddress, network } = this.#connection;
    this.#shared.journal.record({
      protocol: this.#protocol,
      method: credentials.kind === 'proof' ? 'scram' : credentials.kind,
      outcome,
      name: credentials.authenticationId || credentials.authorizationId || (found?.account.address ?? ''),
      account: found?.account,
      remote: remoteAddress,
      network,
      appPassword: found?.key?.appPassword?.name,
    });
  }
}

/** To act as somebody else is not offered (RFC 4616 §2, RFC 5802 §5.1). */
const mayActAs = (account: Account, authorizationId: string): boolean =>
  authorizationId === '' || addressKey(authorizationId) === account.address;

const foldName = (name: string): string => addressKey(name) ?? name.normalize('NFC').toLowerCase();

const canBind = (connection: LogInConnection): boolean =>
  ['tls-exporter', 'tls-server-end-point'].some((type) => connection.channelBinding(type) !== undefined);
