import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Each service that is a process of a cluster, and the settings that are ports of its own; ADMIN_PORT is everybody's. */
const LISTENERS = {
  'mailbox-store': [],
  'smtp-ingress': ['SMTP_PORT', 'SUBMISSION_PORT', 'SUBMISSIONS_PORT', 'LMTP_PORT', 'MANAGESIEVE_PORT'],
  'relay-worker': [],
  'imap-gateway': ['IMAP_PORT', 'IMAPS_PORT'],
  'pop3-gateway': ['POP3_PORT', 'POP3S_PORT'],
  webmail: ['HTTP_PORT', 'HTTPS_PORT'],
  admin: [],
} as const satisfies Record<string, readonly string[]>;

export type ServiceName = keyof typeof LISTENERS;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const serviceEntry = (service: ServiceName): string => `${ROOT}services/${service}/main.ts`;

export const isService = (name: string): name is ServiceName => Object.hasOwn(LISTENERS, name);

export const SERVICES: readonly ServiceName[] = Object.keys(LISTENERS)
  .filter(isService)
  .filter((name) => existsSync(serviceEntry(name)));

export const portSettings = (service: ServiceName): readonly string[] => [
  ...LISTENERS[service],
  'ADMIN_PORT',
];
