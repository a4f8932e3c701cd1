import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { BodyPart } from '../jmap/types.ts';
import { server } from '../state/session.ts';
import { t } from '../text/text.ts';
import { canBeShownAs, useBlobUrl } from './blob-url.ts';
import { Dialog } from './dialog.tsx';

const TEXT =
  /^(?:text\/(?!html)[\w.+-]+|message\/(?:delivery-status|disposition-notification)|application\/(?:json|xml))$/i;
const MAX_TEXT = 500_000;

export function canBePreviewed(part: BodyPart): boolean {
  return part.blobId !== null && (canBeShownAs(part.type) || (TEXT.test(part.type) && part.size < MAX_TEXT));
}

interface PreviewProps {
  readonly part: BodyPart;
  readonly name: string;
  readonly onClose: () => void;
}

export function Preview({ part, name, onClose }: PreviewProps) {
  return (
    <Dialog title={name} onClose={onClose} wide>
      {TEXT.test(part.type) ? <TextPreview part={part} /> : <MediumPreview part={part} name={name} />}
    </Dialog>
  );
}

function MediumPreview({ part, name }: { readonly part: BodyPart; readonly name: string }) {
  const type = part.type.toLowerCase();
  const url = useBlobUrl(part.blobId, type);
  if (url === undefined) return <p class="muted">{t().loading}</p>;
  if (url === 'failed') return <p>{t().noPreview}</p>;
  if (type === 'application/pdf') return <iframe class="pdf" src={url} title={name} />;
  if (type.startsWith('audio/')) return <audio src={url} controls aria-label={name} />;
  if (type.startsWith('video/')) return <video class="preview-image" src={url} controls aria-label={name} />;
  return <img class="preview-image" src={url} alt={name} />;
}

function TextPreview({ part }: { readonly part: BodyPart }) {
  const text = useSignal(t().loading);
  useEffect(() => {
    server()
      .download(part.blobId!, 'text/plain')
      .then((blob) => blob.arrayBuffer())
      .then((bytes) => {
        text.value = decoder(part.charset).decode(bytes);
      })
      .catch(() => {
        text.value = t().noPreview;
      });
  }, [part]);
  return <pre class="preview-text">{text.value}</pre>;
}

function decoder(charset: string | null): TextDecoder {
  try {
    return new TextDecoder(charset ?? 'utf-8');
  } catch {
    return new TextDecoder('utf-8');
  }
}
