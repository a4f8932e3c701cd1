import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { BodyPart, GetResponse, Id, QueryResponse } from '../jmap/types.ts';
import { type PartialInfo, partialInfo } from '../model/content-type.ts';
import { joinPartial } from '../model/partial.ts';
import { server } from '../state/session.ts';
import { failureText } from '../state/toasts.ts';
import { t } from '../text/text.ts';
import { ParsedMessage } from './enclosed-message.tsx';
import { Icon } from './icons.tsx';

/** RFC 2046 §5.2.2 names no bound; a message in more parts is not put together in a browser. */
const MAX_PARTS = 200;

/** A message that came in several (message/partial): whole when all parts are there, else told how many are. */
export function PartialMessage({ info, depth }: { readonly info: PartialInfo; readonly depth: number }) {
  const blobId = useSignal<Id | undefined>(undefined);
  const state = useSignal(t().loading);
  useEffect(() => {
    join(info)
      .then((result) => {
        if (result.blobId) blobId.value = result.blobId;
        else state.value = t().partsMissing(result.found, result.total);
      })
      .catch((error: unknown) => {
        state.value = failureText(error);
      });
  }, [info.id]);
  if (blobId.value) return <ParsedMessage blobId={blobId.value} name={null} depth={depth} isOpen />;
  return (
    <p class="notice">
      <Icon name="all" />
      {state.value}
    </p>
  );
}

interface Holder {
  readonly blobId: Id;
  readonly bodyStructure: BodyPart;
}

async function join(info: PartialInfo): Promise<{ blobId?: Id; found: number; total: number | undefined }> {
  const connection = server();
  const { emails } = await connection.request<{ query: QueryResponse; emails: GetResponse<Holder> }>([
    ['Email/query', { filter: { header: ['Content-Type', info.id] }, limit: MAX_PARTS }, 'query'],
    [
      'Email/get',
      {
        '#ids': { resultOf: 'query', name: 'Email/query', path: '/ids' },
        properties: ['blobId', 'bodyStructure'],
        bodyProperties: ['type', 'header:Content-Type:asRaw'],
      },
      'emails',
    ],
  ]);
  const byNumber = new Map<number, Id>();
  let total = info.total;
  for (const { blobId, bodyStructure } of emails.list) {
    const one = partialInfo(bodyStructure['header:Content-Type:asRaw'] ?? '');
    if (one?.id !== info.id) continue;
    byNumber.set(one.number, blobId);
    total = one.total ?? total;
  }
  const numbers = Array.from({ length: total ?? 0 }, (_, index) => index + 1);
  if (total === undefined || total > MAX_PARTS || !numbers.every((number) => byNumber.has(number))) {
    return { found: byNumber.size, total };
  }
  const parts = await Promise.all(
    numbers.map(async (number) => {
      const blob = await connection.download(byNumber.get(number)!, 'message/rfc822');
      return new Uint8Array(await blob.arrayBuffer());
    }),
  );
  const whole = new Blob([joinPartial(parts) as Uint8Array<ArrayBuffer>], { type: 'message/rfc822' });
  const { blobId } = await connection.upload(whole, () => undefined, AbortSignal.timeout(120_000));
  return { blobId, found: byNumber.size, total };
}
