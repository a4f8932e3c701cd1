import { isService, SERVICES, type ServiceName } from './services.ts';

export class ReplicasError extends Error {}

/** Reads `imap-gateway=2,mailbox-store=2`. Throws `ReplicasError`. */
export function parseReplicas(list: string): Partial<Record<ServiceName, number>> {
  const replicas: Partial<Record<ServiceName, number>> = {};
  for (const entry of list.split(',')) {
    const match = /^([a-z0-9-]+)=(\d{1,3})$/.exec(entry.trim());
    if (!match?.[1]) throw new ReplicasError(`--replicas: "${entry}" is not of the form service=number`);
    if (!isService(match[1]) || !SERVICES.includes(match[1]))
      throw new ReplicasError(
        `--replicas: there is no service ${match[1]}; there are ${SERVICES.join(', ')}`,
      );
    replicas[match[1]] = Number(match[2]);
  }
  return replicas;
}
