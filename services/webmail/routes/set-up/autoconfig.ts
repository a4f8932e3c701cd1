import type { PublishedService } from '../../../../shared/account/published-services.ts';
import { named, type Offer, xml } from './offer.ts';

/** Thunderbird's configuration file, version 1.1 (https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat). */
export function autoconfig(offer: Offer): string {
  const servers = [
    ...named(offer, 'imaps', 'imap').map((service) => server('incomingServer', 'imap', offer, service)),
    ...named(offer, 'pop3s', 'pop3').map((service) => server('incomingServer', 'pop3', offer, service)),
    ...named(offer, 'submissions', 'submission').map((service) =>
      server('outgoingServer', 'smtp', offer, service),
    ),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${xml(offer.domain)}">
    <domain>${xml(offer.domain)}</domain>
    <displayName>${xml(offer.domain)}</displayName>
    <displayShortName>${xml(offer.domain)}</displayShortName>
${servers.join('')}  </emailProvider>
</clientConfig>
`;
}

function server(element: string, type: string, { hostname }: Offer, { port, tls }: PublishedService): string {
  return `    <${element} type="${type}">
      <hostname>${xml(hostname)}</hostname>
      <port>${port}</port>
      <socketType>${tls ? 'SSL' : 'STARTTLS'}</socketType>
      <username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication>
    </${element}>
`;
}
