import type { PublishedService, ServiceName } from '../../../../shared/account/published-services.ts';

/** What a program needs to know for one address. */
export interface Offer {
  readonly address: string;
  readonly domain: string;
  readonly hostname: string;
  readonly services: readonly PublishedService[];
}

export function named({ services }: Offer, ...names: readonly ServiceName[]): PublishedService[] {
  return names.flatMap((name) => services.find((service) => service.name === name) ?? []);
}

export function xml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
