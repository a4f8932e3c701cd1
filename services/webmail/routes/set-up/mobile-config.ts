import { createHash } from 'node:crypto';
import { named, type Offer, xml } from './offer.ts';

/** A configuration profile for Apple's Mail (Apple, Configuration Profile Reference: com.apple.mail.managed), unsigned. The same for the same address. */
export function mobileConfig(offer: Offer): string {
  const { address, domain, hostname } = offer;
  const [incoming] = named(offer, 'imaps', 'imap');
  const [outgoing] = named(offer, 'submissions', 'submission');
  const account: Record<string, string | number | boolean> = {
    EmailAccountDescription: domain,
    EmailAccountName: address,
    EmailAccountType: 'EmailTypeIMAP',
    EmailAddress: address,
    IncomingMailServerAuthentication: 'EmailAuthPassword',
    IncomingMailServerHostName: hostname,
    IncomingMailServerPortNumber: incoming?.port ?? 993,
    IncomingMailServerUseSSL: true,
    IncomingMailServerUsername: address,
    OutgoingMailServerAuthentication: 'EmailAuthPassword',
    OutgoingMailServerHostName: hostname,
    OutgoingMailServerPortNumber: outgoing?.port ?? 465,
    OutgoingMailServerUseSSL: true,
    OutgoingMailServerUsername: address,
    OutgoingPasswordSameAsIncomingPassword: true,
    PayloadDescription: domain,
    PayloadDisplayName: domain,
    PayloadIdentifier: `${reversed(domain)}.mail.account`,
    PayloadType: 'com.apple.mail.managed',
    PayloadUUID: uuid(`account ${address}`),
    PayloadVersion: 1,
  };
  const profile: Record<string, string | number | boolean> = {
    PayloadDisplayName: domain,
    PayloadIdentifier: `${reversed(domain)}.mail`,
    PayloadOrganization: domain,
    PayloadRemovalDisallowed: false,
    PayloadType: 'Configuration',
    PayloadUUID: uuid(`profile ${address}`),
    PayloadVersion: 1,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
${entries(account, '      ')}    </dict>
  </array>
${entries(profile, '  ')}</dict>
</plist>
`;
}

function entries(values: Record<string, string | number | boolean>, indent: string): string {
  return Object.entries(values)
    .map(([key, value]) => `${indent}<key>${key}</key>\n${indent}${plistValue(value)}\n`)
    .join('');
}

function plistValue(value: string | number | boolean): string {
  if (typeof value === 'boolean') return `<${value}/>`;
  return typeof value === 'number' ? `<integer>${value}</integer>` : `<string>${xml(value)}</string>`;
}

function reversed(domain: string): string {
  return domain.split('.').toReversed().join('.');
}

/** RFC 9562 §5.8: made by ourselves from a name. */
function uuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
