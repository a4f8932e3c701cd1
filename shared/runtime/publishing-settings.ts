/** What others are told of us: by the DNS, and by programs that set themselves up. */
import { setting } from './setting.ts';
import { oneOf, portsByName } from './setting-types.ts';

export const PUBLISHING = {
  mtaStsPolicy: setting(
    'MTA_STS_POLICY',
    'testing',
    oneOf('none', 'testing', 'enforce'),
    'what our MTA-STS policy asks of those who send to us: enforce TLS, or only report; none: there is no policy',
  ),
  publicPorts: setting(
    'PUBLIC_PORTS',
    'standard',
    portsByName('imaps', 'imap', 'submissions', 'submission', 'pop3s', 'pop3', 'managesieve', 'https'),
    'where the world reaches our services, when not on their standard ports: name=port with commas between them, such as imaps=2993; 0: not at all',
  ),
};
