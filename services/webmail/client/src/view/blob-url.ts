import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Id } from '../jmap/types.ts';
import { server } from '../state/session.ts';

/** Types a browser may be given as they are: nothing in them runs in our origin. */
const SAFE =
  /^(?:image\/(?:png|jpeg|jpg|gif|webp|avif|bmp|svg\+xml|x-icon)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf)$/i;

export const canBeShownAs = (type: string): boolean => SAFE.test(type);

/** An address in this page for the octets of a part; undefined until they are there, 'failed' when they cannot be had. */
export function useBlobUrl(blobId: Id | null, type: string): string | undefined {
  const url = useSignal<string | undefined>(undefined);
  useEffect(() => {
    if (blobId === null || !SAFE.test(type)) {
      url.value = 'failed';
      return;
    }
    const aborter = new AbortController();
    let made: string | undefined;
    server()
      .download(blobId, type, aborter.signal)
      .then((blob) => {
        if (aborter.signal.aborted) return;
        made = URL.createObjectURL(blob);
        url.value = made;
      })
      .catch(() => {
        if (!aborter.signal.aborted) url.value = 'failed';
      });
    return () => {
      aborter.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [blobId, type]);
  return url.value;
}
