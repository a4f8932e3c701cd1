import { signal } from '@preact/signals';
import type { GetResponse, Identity } from '../jmap/types.ts';
import { server } from './session.ts';

export const identities = signal<readonly Identity[]>([]);

export async function loadIdentities(): Promise<void> {
  const { list } = await server().call<GetResponse<Identity>>('Identity/get', { ids: null });
  identities.value = list;
}

export async function needIdentities(): Promise<readonly Identity[]> {
  // Without a network one writes all the same; the server says no more of who one is than this.
  if (identities.value.length === 0) await loadIdentities().catch(() => undefined);
  if (identities.value.length === 0) identities.value = [bareIdentity(server().session.username)];
  return identities.value;
}

function bareIdentity(email: string): Identity {
  return {
    id: '',
    name: '',
    email,
    replyTo: null,
    bcc: null,
    textSignature: '',
    htmlSignature: '',
    mayDelete: false,
  };
}
