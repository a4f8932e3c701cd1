import type { Config } from '../runtime/config.ts';
import type { AddressRules } from './address-rules.ts';
import type { ForwardingOptions } from './forwarding.ts';

/** What the settings say of addresses and forwarding. */
export function directoryOptions(
  config: Pick<Config, 'detailSeparators' | 'localPartCase' | 'srs' | 'srsSecret'>,
): ForwardingOptions & { readonly rules: AddressRules } {
  return {
    rules: {
      detailSeparators: config.detailSeparators ?? '',
      caseSensitive: config.localPartCase === 'sensitive',
    },
    srs: config.srs === 'on',
    srsSecret: config.srsSecret,
  };
}
