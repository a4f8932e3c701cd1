import { setting } from './setting.ts';
import { domains, duration, integer, milters, networks, oneOf, wordsOf } from './setting-types.ts';

/** Settings of smtp-ingress: whom it takes how much from. */
export const INGRESS = {
  trustedNetworks: setting(
    'TRUSTED_NETWORKS',
    '127.0.0.0/8,::1',
    networks(),
    'addresses and networks (192.0.2.0/24) that no rate, list or delay of smtp-ingress holds for, with commas between them; none: there are none',
  ),
  connectionsPerNetwork: setting(
    'CONNECTIONS_PER_NETWORK',
    '100',
    integer(1, 1_000_000),
    'SMTP connections that one address (IPv6: /64) may have open at one replica',
  ),
  connectionRate: setting(
    'CONNECTION_RATE',
    '300',
    integer(1, 1_000_000),
    'SMTP connections a minute from one address (IPv6: /64), over all replicas; more are answered 421',
  ),
  messageRate: setting(
    'MESSAGE_RATE',
    '1000',
    integer(1, 10_000_000),
    'messages a minute from one address (IPv6: /64), over all replicas; more are answered 450',
  ),
  submitterMessages: setting(
    'SUBMITTER_MESSAGES',
    '1000',
    integer(1, 10_000_000),
    'messages an hour that one account may submit, over all replicas; more are answered 450',
  ),
  submitterRecipients: setting(
    'SUBMITTER_RECIPIENTS',
    '5000',
    integer(1, 100_000_000),
    'recipients an hour of what one account submits, over all replicas; more are answered 452',
  ),
  heldMessages: setting(
    'FUTURE_RELEASE_MESSAGES',
    '1000',
    integer(0, 1_000_000),
    'messages a day that one account may have held back (FUTURERELEASE), over all replicas; more are answered 455',
  ),
  allowedNetworks: setting(
    'ALLOWED_NETWORKS',
    'none',
    networks(),
    'addresses and networks that are not greylisted, looked up or made to wait for the greeting, as TRUSTED_NETWORKS are not; their rates hold',
  ),
  greetingDelayMs: setting(
    'GREETING_DELAY',
    '500ms',
    duration(0),
    'how long SMTP_PORT holds its greeting back, to see who speaks before it (554); 0s: not at all',
  ),
  greylist: setting(
    'GREYLIST',
    'off',
    oneOf('off', 'on'),
    'on: the first message from a network (IPv4: /24) is put off, and taken when it is tried again (450)',
  ),
  greylistDelayMs: setting(
    'GREYLIST_DELAY',
    '1m',
    duration(1_000),
    'who tries again sooner than this is put off once more',
  ),
  checkSenders: setting(
    'CHECK_SENDERS',
    'remote',
    oneOf('remote', 'always', 'never'),
    'whose mail on SMTP_PORT is checked by SPF, DKIM, ARC and DMARC: remote: that of other machines; the results stand in Authentication-Results',
  ),
  dmarcPolicy: setting(
    'DMARC_POLICY',
    'honour',
    oneOf('honour', 'mark'),
    'honour: what fails DMARC is refused (550 5.7.1) or goes into Junk, as its domain asks; mark: it is delivered with the result in its header',
  ),
  trustedSealers: setting(
    'TRUSTED_SEALERS',
    'none',
    domains(),
    'domains, with commas between them, whose ARC seal on what failed DMARC here is believed when it says that it passed there (mailing lists); none: nobody',
  ),
  dnsblZones: setting(
    'DNSBL_ZONES',
    'none',
    domains(),
    'lists of addresses in the DNS: SMTP_PORT refuses mail from clients that one of them has (550); commas between them; none: there are none',
  ),
  fcrdns: setting(
    'FCRDNS',
    'off',
    oneOf('off', 'mark', 'refuse'),
    'whether the name of a client of SMTP_PORT leads back to its address: mark: told in Authentication-Results (iprev); refuse: refused if not (550)',
  ),
  hookStages: setting(
    'HOOK_STAGES',
    'connect,rcpt,data',
    wordsOf('connect', 'rcpt', 'data'),
    'when HOOK_URL is asked',
  ),
  hookTimeoutMs: setting('HOOK_TIMEOUT', '10s', duration(10), 'how long HOOK_URL may take for each answer'),
  milters: setting(
    'MILTERS',
    'none',
    milters(),
    'mail filters that see each message, inet:host:port or unix:/path, in this order, with commas between them; none: there are none',
  ),
  milterTimeoutMs: setting(
    'MILTER_TIMEOUT',
    '30s',
    duration(10),
    'how long a mail filter may take for each answer',
  ),
  policyFailure: setting(
    'POLICY_FAILURE',
    'tempfail',
    oneOf('tempfail', 'accept'),
    'what becomes of mail that a filter of MILTERS or HOOK_URL cannot be asked about: tempfail (451) or accept',
  ),
  fromOwnership: setting(
    'FROM_OWNERSHIP',
    'from',
    oneOf('from', 'reverse-path'),
    "which addresses of a message must be its submitter's: from: the reverse-path and From (550 5.7.1); reverse-path: that alone, so that programs may pass on what others wrote",
  ),
  intakeMemory: setting(
    'INTAKE_MEMORY',
    '268435456',
    integer(4_194_304, 1_000_000_000_000),
    'bytes that messages coming in to one replica may take; from three quarters on other servers are put off (421, 451), then all',
  ),
  sessionErrors: setting(
    'SESSION_ERRORS',
    '100',
    integer(2, 1_000_000),
    'wrong commands that end an SMTP connection; half as many recipients refused for good do so too',
  ),
  unauthenticatedMs: setting(
    'UNAUTHENTICATED_TIME',
    '10m',
    duration(1_000),
    'how long a connection for submission may be without a log-in',
  ),
};
