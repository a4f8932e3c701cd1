import { signal } from '@preact/signals';
import { QUOTA } from '../jmap/connection.ts';
import type { GetResponse, Quota } from '../jmap/types.ts';
import { fileSize } from '../model/dates.ts';
import { connection, server } from '../state/session.ts';
import { region, t } from '../text/text.ts';

const octets = signal<Quota | undefined>(undefined);

export async function loadQuota(): Promise<void> {
  if (!connection.value?.has(QUOTA)) return;
  const { list } = await server().call<GetResponse<Quota>>('Quota/get', { ids: null });
  octets.value = list.find(({ resourceType }) => resourceType === 'octets');
}

export function QuotaBar() {
  const quota = octets.value;
  if (!quota) return null;
  const full = quota.used / quota.hardLimit;
  return (
    <div class={full > 0.9 ? 'quota nearly-full' : 'quota'}>
      <label>
        {t().quota(fileSize(quota.used, region.value), fileSize(quota.hardLimit, region.value))}
        <meter min={0} max={1} high={0.9} value={Math.min(1, full)} />
      </label>
    </div>
  );
}
