import { type Setting, setting } from './setting.ts';
import { integer, oneOf, text } from './setting-types.ts';

/** Settings of relay-worker: how mail leaves. */
export const RELAY = {
  relayConnections: setting(
    'RELAY_CONNECTIONS',
    '5',
    integer(1, 1_000),
    'connections to one destination at a time, over all relay workers; fewer while it says that they are too many',
  ),
  dane: setting(
    'DANE',
    'local',
    oneOf('local', 'on', 'off'),
    'whether TLSA records of others decide about TLS; local: where the name servers are on this machine, as their word on DNSSEC counts only if nobody can forge it on the way',
  ),
  mtaSts: setting(
    'MTA_STS',
    'on',
    oneOf('on', 'off'),
    "whether others' MTA-STS policies are looked up and kept",
  ),
  tlsReports: setting(
    'TLS_REPORTS',
    'on',
    oneOf('on', 'off'),
    'whether domains that ask for it hear each day how TLS with them went (TLS-RPT)',
  ),
  mtaStsPort: setting('MTA_STS_PORT', '443', integer(1, 65_535), 'the HTTPS port of MTA-STS policies'),
};

export const OPTIONAL_RELAY = {
  relayCaFile: setting(
    'RELAY_CA_FILE',
    '',
    text(),
    "certificate authorities, PEM, that other mail servers' certificates are taken from besides those that Node trusts",
  ) as Setting<string>,
};
