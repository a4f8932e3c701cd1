import type { Turn } from './turn.ts';

export async function ownerAddress(turn: Turn): Promise<string> {
  const [row] = await turn.database.prepared<{ address: string }>(
    'owner_address',
    'select address from account where account_id = $1',
    [turn.account],
  );
  return row?.address ?? '';
}
