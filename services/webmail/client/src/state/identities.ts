import { signal } from '@preact/signals';
import type { GetResponse, Identity } from '../jmap/types.ts';
import { server } from './session.ts';

export const identities = signal<readonly Identity[]>([]);

export async function loadIdentities(): Promise<void> {
  const { list } = await server().call<GetResponse<Identity>>('Identity/get', { ids: null });
  identities.value = list;
}

export async function needIdentities(): Promise<readonly Identity[]> {
  if (identities.value.length === 0) await loadIdentities();
  return identities.value;
}
