import { accounts } from './accounts.ts';
import type { Stage } from './finding.ts';
import { leases } from './leases.ts';
import { messages } from './messages.ts';
import { spool } from './spool.ts';

/** The stages in their order; those that are `deep` read everything there is. */
export const STAGES: Readonly<Record<string, { readonly deep: boolean; readonly look: Stage }>> = {
  leases: { deep: false, look: leases },
  spool: { deep: false, look: spool },
  accounts: { deep: true, look: accounts },
  messages: { deep: true, look: messages },
};
