import type { PublishedService } from '../../../../shared/account/published-services.ts';
import { named, type Offer, xml } from './offer.ts';

const RESPONSE = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006';
const OUTLOOK = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

/** The address of an Autodiscover request (MS-OXDSCLI §2.2.3.1); null: it is none. */
export function askedAddress(body: string): string | null {
  const [, address] = /<(?:[\w-]{1,32}:)?EMailAddress>\s{0,64}([^<>\s]{3,320})\s{0,64}</i.exec(body) ?? [];
  return address ?? null;
}

/** What Outlook is told (MS-OXDSCLI §2.2.4.1): the first of each kind, as it takes one. */
export function autodiscover(offer: Offer): string {
  const protocols = [
    ...named(offer, 'imaps', 'imap')
      .slice(0, 1)
      .map((service) => protocol('IMAP', offer, service)),
    ...named(offer, 'pop3s', 'pop3')
      .slice(0, 1)
      .map((service) => protocol('POP3', offer, service)),
    ...named(offer, 'submissions', 'submission')
      .slice(0, 1)
      .map((service) => protocol('SMTP', offer, service)),
  ];
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="${RESPONSE}">
  <Response xmlns="${OUTLOOK}">
    <User><DisplayName>${xml(offer.address)}</DisplayName></User>
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${protocols.join('')}    </Account>
  </Response>
</Autodiscover>
`;
}

function protocol(type: string, { address, hostname }: Offer, { port, tls }: PublishedService): string {
  return `      <Protocol>
        <Type>${type}</Type>
        <Server>${xml(hostname)}</Server>
        <Port>${port}</Port>
        <LoginName>${xml(address)}</LoginName>
        <DomainRequired>off</DomainRequired>
        <SPA>off</SPA>
        <SSL>on</SSL>
        <Encryption>${tls ? 'SSL' : 'TLS'}</Encryption>
        <AuthRequired>on</AuthRequired>
      </Protocol>
`;
}
