import type { Account } from '../../../shared/account/port.ts';
import type { AccountId } from '../../../shared/mailbox/types.ts';
import type { Identity } from '../log-in/authenticate.ts';
import type { Webmail } from '../webmail.ts';

export type JsonObject = Record<string, unknown>;

/** A method call or its response (RFC 8620 §3.2): name, arguments, method call id. */
export type Invocation = [name: string, args: JsonObject, callId: string];

/** What a method knows beside its arguments. */
export interface Call {
  readonly webmail: Webmail;
  readonly identity: Identity;
  readonly account: Account;
  readonly accountId: AccountId;
  readonly using: ReadonlySet<string>;
  /** Creation ids of this request to the ids they became (RFC 8620 §3.3). */
  readonly createdIds: Map<string, string>;
  /** Runs another method as part of this one; its response follows this one's. */
  readonly also: (name: string, args: JsonObject) => void;
}

/** A method: its arguments, with back-references resolved, to those of its response. Throws `MethodError`. */
export type Method = (call: Call, args: JsonObject) => Promise<JsonObject>;

/** A method that a request may name. */
export interface MethodEntry {
  readonly capability: string;
  readonly run: Method;
  /** It has no accountId. */
  readonly accountless?: true;
}

export type MethodErrorType =
  | 'serverUnavailable'
  | 'serverFail'
  | 'serverPartialFail'
  | 'unknownMethod'
  | 'invalidArguments'
  | 'invalidResultReference'
  | 'forbidden'
  | 'accountNotFound'
  | 'accountNotSupportedByMethod'
  | 'accountReadOnly'
  | 'requestTooLarge'
  | 'cannotCalculateChanges'
  | 'tooManyChanges'
  | 'stateMismatch'
  | 'anchorNotFound'
  | 'unsupportedSort'
  | 'unsupportedFilter'
  | 'fromAccountNotFound'
  | 'fromAccountNotSupportedByMethod'
  | 'invalidProperties'
  | 'unknownDataType';

/** The whole call is refused (RFC 8620 §3.6.2). */
export class MethodError extends Error {
  readonly type: MethodErrorType;
  readonly more: JsonObject;

  constructor(type: MethodErrorType, description?: string, more: JsonObject = {}) {
    super(description ?? type);
    this.name = 'MethodError';
    this.type = type;
    this.more = description === undefined ? more : { description, ...more };
  }
}

/** One object of a /set is refused (RFC 8620 §5.3). */
export class SetError extends Error {
  readonly type: string;
  readonly more: JsonObject;

  constructor(type: string, description?: string, more: JsonObject = {}) {
    super(description ?? type);
    this.name = 'SetError';
    this.type = type;
    this.more = more;
  }

  toJSON(): JsonObject {
    return {
      type: this.type,
      ...(this.message === this.type ? {} : { description: this.message }),
      ...this.more,
    };
  }
}
