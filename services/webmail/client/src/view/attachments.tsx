import { useSignal } from '@preact/signals';
import type { BodyPart } from '../jmap/types.ts';
import { fileSize } from '../model/dates.ts';
import { server } from '../state/session.ts';
import { region, t } from '../text/text.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';
import { canBePreviewed, Preview } from './preview.tsx';

export function Attachments({ parts }: { readonly parts: readonly BodyPart[] }) {
  const previewed = useSignal<BodyPart | undefined>(undefined);
  if (parts.length === 0) return null;
  return (
    <>
      <ul class="attachments" aria-label={t().attachments}>
        {parts.map((part, index) => {
          const name = nameOf(part);
          return (
            <li key={`${part.blobId} ${index}`} class="attachment">
              <Icon name={part.type.startsWith('image/') ? 'image' : 'file'} />
              <span class="attachment-text">
                <span class="attachment-name" title={name}>
                  {name}
                </span>
                <span class="muted">{fileSize(part.size, region.value)}</span>
              </span>
              {canBePreviewed(part) && (
                <IconButton
                  icon="eye"
                  label={t().preview(name)}
                  onClick={() => {
                    previewed.value = part;
                  }}
                />
              )}
              {part.blobId && (
                <a
                  class="icon-button"
                  href={server().downloadUrl(part.blobId, name, part.type)}
                  download={name}
                  aria-label={t().download(name)}
                  title={t().download(name)}
                >
                  <Icon name="download" />
                </a>
              )}
            </li>
          );
        })}
      </ul>
      {previewed.value && (
        <Preview
          part={previewed.value}
          name={nameOf(previewed.value)}
          onClose={() => {
            previewed.value = undefined;
          }}
        />
      )}
    </>
  );
}

function nameOf(part: BodyPart): string {
  return part.name?.trim() || `${t().unnamed}.${EXTENSIONS[part.type.toLowerCase()] ?? 'bin'}`;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'message/delivery-status': 'txt',
  'message/disposition-notification': 'txt',
  'text/calendar': 'ics',
  'text/html': 'html',
  'text/plain': 'txt',
};
