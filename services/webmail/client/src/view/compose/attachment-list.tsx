import { fileSize } from '../../model/dates.ts';
import type { Draft } from '../../state/draft.ts';
import { region, t } from '../../text/text.ts';
import { IconButton } from '../button.tsx';
import { Icon } from '../icons.tsx';

export function AttachmentList({ draft }: { readonly draft: Draft }) {
  const shown = draft.attachments.value.filter(({ inline }) => !inline);
  if (shown.length === 0) return null;
  return (
    <ul class="attachments" aria-label={t().attachments}>
      {shown.map(({ key, name, type, size, blobId, progress, failed }) => (
        <li key={key} class={failed ? 'attachment failed' : 'attachment'}>
          <Icon name={type.startsWith('image/') ? 'image' : 'file'} />
          <span class="attachment-text">
            <span class="attachment-name" title={name}>
              {name}
            </span>
            <span class="muted">
              {failed
                ? failed === 'tooLarge'
                  ? t().tooLarge
                  : t().uploadFailed
                : fileSize(size, region.value)}
            </span>
          </span>
          {!blobId && !failed && (
            <progress value={progress} max={1} aria-label={t().uploading(name)}>
              {Math.round(progress * 100)} %
            </progress>
          )}
          <IconButton icon="close" label={t().removeAttachment(name)} onClick={() => draft.detach(key)} />
        </li>
      ))}
    </ul>
  );
}
