import { type Method, MethodError } from '../method.ts';

/** RFC 8621 §2.4. An account has few mailboxes: who wants to know asks anew, which costs as little. */
export const mailboxQueryChanges: Method = async () => {
  throw new MethodError('cannotCalculateChanges');
};
