import type { Cluster } from '../cluster/cluster.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** What one import takes (`MAX_IMPORTED_ACCOUNTS`), with room for slow machines within the timeout. */
const ACCOUNTS_A_REQUEST = 100;

/** One request to the admin API of the cluster. Throws unless it answers 2xx. */
export async function askAdmin(cluster: Cluster, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${cluster.process('admin').adminUrl}/api${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${cluster.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`admin API ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Makes the domain and accounts in it, all with the cluster's password. */
export async function makeAccounts(
  cluster: Cluster,
  domain: string,
  names: readonly string[],
): Promise<string[]> {
  await askAdmin(cluster, '/domains', { name: domain });
  const accounts = names.map((name) => ({ address: `${name}@${domain}`, password: cluster.password }));
  for (let from = 0; from < accounts.length; from += ACCOUNTS_A_REQUEST) {
    const some = { accounts: accounts.slice(from, from + ACCOUNTS_A_REQUEST) };
    const { outcomes } = (await askAdmin(cluster, '/accounts/import', some)) as { outcomes: object[] };
    const refused = outcomes.find((outcome) => 'refused' in outcome);
    if (refused) throw new Error(`account refused: ${JSON.stringify(refused)}`);
  }
  return accounts.map((account) => account.address);
}
