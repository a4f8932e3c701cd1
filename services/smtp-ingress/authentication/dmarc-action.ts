import type { SenderResults } from './results.ts';

export type DmarcAction =
  | { readonly action: 'none' | 'reject' | 'quarantine' }
  /** It failed, and a sealer that we trust says that it passed there (RFC 8617 §7.2). */
  | { readonly action: 'trusted'; readonly sealer: string };

export interface DmarcTerms {
  /** Domains, in lower case, whose word on a message that they passed on is believed. */
  readonly trustedSealers: readonly string[];
  /** 0 to 99, by chance but the same for a message: which of a hundred it is. */
  readonly draw: number;
}

const NONE = { action: 'none' } as const;
/** What a message gets that is not among those that the policy is asked for (RFC 7489 §6.6.4). */
const LESS: Readonly<Record<string, string>> = { reject: 'quarantine', quarantine: 'none' };

/**
 * What is to become of the message (RFC 9989 §5.4). A temporary error is no failure, neither of DMARC nor
 * of what it rests on. A message without exactly one author's domain
 * cannot be checked, and no honest one is like that: quarantine (§11.5).
 */
export function dmarcAction({ dmarc, sealers }: SenderResults, terms: DmarcTerms): DmarcAction {
  if (dmarc.noAuthor !== undefined) return { action: 'quarantine' };
  if (dmarc.result !== 'fail' || dmarc.undecided) return NONE;
  const policy = terms.draw < dmarc.percent ? dmarc.policy : (LESS[dmarc.policy] ?? 'none');
  if (policy !== 'reject' && policy !== 'quarantine') return NONE;
  const sealer = vouchingSealer(sealers, terms.trustedSealers);
  return sealer === undefined ? { action: policy } : { action: 'trusted', sealer };
}

/** The chain is believed backwards as far as all that sealed it are trusted. */
function vouchingSealer(sealers: SenderResults['sealers'], trusted: readonly string[]): string | undefined {
  for (const { domain, dmarcPassed } of sealers) {
    if (!trusted.some((one) => domain === one || domain.endsWith(`.${one}`))) return undefined;
    if (dmarcPassed) return domain;
  }
  return undefined;
}
