import type { Config } from '../runtime/config.ts';

export type ServiceName = keyof typeof STANDARD;

/** A service for the users of our domains, as the world reaches it. */
export interface PublishedService {
  readonly name: ServiceName;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS. */
  readonly tls: boolean;
}

/** RFC 8314 §7.3, RFC 5804, RFC 9110; the ones with TLS from the first byte first (RFC 8314 §3). */
const STANDARD = {
  imaps: 993,
  imap: 143,
  submissions: 465,
  submission: 587,
  pop3s: 995,
  pop3: 110,
  managesieve: 4190,
  https: 443,
};
const STARTTLS: readonly ServiceName[] = ['imap', 'submission', 'pop3', 'managesieve'];

/** What `PUBLIC_PORTS` leaves, in order of preference. */
export function publishedServices({ publicPorts }: Pick<Config, 'publicPorts'>): PublishedService[] {
  const names = Object.keys(STANDARD) as ServiceName[];
  return names
    .map((name) => ({ name, port: publicPorts[name] ?? STANDARD[name], tls: !STARTTLS.includes(name) }))
    .filter(({ port }) => port !== 0);
}
