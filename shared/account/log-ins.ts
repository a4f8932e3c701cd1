import type { SaslCredentials } from '../protocol/sasl/mechanism.ts';
import { offerMechanisms, type SaslOffer } from '../protocol/sasl/mechanisms.ts';
import { addressKey } from './address.ts';
import type {
  Account,
  AccountDirectory,
  ConnectionLogIns,
  LogInCheck,
  LogInConnection,
  LogInProtocol,
  LogIns,
} from './port.ts';
import { scramPrimitives } from './scram.ts';

export interface LogInOptions {
  readonly accounts: AccountDirectory;
}

export function createLogIns(options: LogInOptions): LogIns {
  return { of: (protocol, connection) => new OneConnection(options, protocol, connection) };
}

class OneConnection implements ConnectionLogIns {
  readonly #options: LogInOptions;
  readonly #connection: LogInConnection;

  constructor(options: LogInOptions, _protocol: LogInProtocol, connection: LogInConnection) {
    this.#options = options;
    this.#connection = connection;
  }

  offer(): SaslOffer {
    const connection = this.#connection;
    const bindable = connection.secure !== null && canBind(connection);
    return offerMechanisms({
      primitives: scramPrimitives,
      binding: bindable ? (type) => connection.channelBinding(type) : undefined,
      issuer: undefined,
      certificate: false,
    });
  }

  async check(credentials: SaslCredentials): Promise<LogInCheck> {
    if (credentials.kind === 'scram') {
      const { salt, iterations, keys } = await this.#options.accounts.passwords(credentials.authenticationId);
      return { answer: { kind: 'keys', salt, iterations, keys } };
    }
    const account = await this.#accountOf(credentials);
    if (account?.enabled && mayActAs(account, credentials.authorizationId)) return accept(account);
    return REFUSED;
  }

  async #accountOf(credentials: SaslCredentials): Promise<Account | undefined> {
    const { accounts } = this.#options;
    switch (credentials.kind) {
      case 'password': {
        const { account, key } = await accounts.matchPassword(
          credentials.authenticationId,
          credentials.password,
        );
        return key === undefined ? undefined : account;
      }
      case 'proof':
        return credentials.key === undefined ? undefined : accounts.find(credentials.authenticationId);
      default:
        return undefined;
    }
  }
}

const REFUSED: LogInCheck = { answer: { kind: 'verdict', accepted: false } };
const accept = (account: Account): LogInCheck => ({ answer: { kind: 'verdict', accepted: true }, account });

/** To act as somebody else is not offered (RFC 4616 §2, RFC 5802 §5.1). */
const mayActAs = (account: Account, authorizationId: string): boolean =>
  authorizationId === '' || addressKey(authorizationId) === account.address;

const canBind = (connection: LogInConnection): boolean =>
  ['tls-exporter', 'tls-server-end-point'].some((type) => connection.channelBinding(type) !== undefined);
