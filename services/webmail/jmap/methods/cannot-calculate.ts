import { type Method, MethodError } from '../method.ts';

/** /queryChanges of what an account has little of: who wants to know asks anew, which costs as little. */
export const cannotCalculate: Method = async () => {
  throw new MethodError('cannotCalculateChanges');
};
