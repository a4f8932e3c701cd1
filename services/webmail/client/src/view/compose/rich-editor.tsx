import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { escapeHtml } from '../../model/reply.ts';
import type { Draft } from '../../state/draft.ts';
import { t } from '../../text/text.ts';
import { IconButton } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import type { IconName } from '../icons.tsx';
import { sanitizeHtml } from '../sanitize.ts';

type Command = 'bold' | 'italic' | 'underline' | 'insertUnorderedList' | 'insertOrderedList' | 'removeFormat';

/**
 * Rich text is written in the same kind of page that messages are read in: what was quoted or pasted can run nothing and
 * ask for nothing there, and its styles are not ours.
 */
export function RichEditor({ draft }: { readonly draft: Draft }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const asksLink = useSignal(false);

  const page = (): Document | null => frame.current?.contentDocument ?? null;
  const changed = (): void => {
    const body = page()?.body;
    if (body) draft.content.value = body.innerHTML;
  };
  const command = (name: Command | 'formatBlock' | 'createLink' | 'insertHTML', value?: string): void => {
    const document = page();
    if (!document) return;
    document.body.focus();
    document.execCommand('styleWithCSS', false, 'false');
    document.execCommand(name, false, value);
    changed();
  };

  useEffect(() => {
    const element = frame.current!;
    const fill = (): void => {
      const document = element.contentDocument;
      if (!document?.body || !document.URL.endsWith('.html') || document.body.isContentEditable) return;
      const style = document.createElement('style');
      style.textContent = EDITOR_STYLE;
      document.head.append(style);
      document.documentElement.lang = window.document.documentElement.lang;
      const { fragment } = clean(draft.content.value, draft);
      document.body.replaceChildren(document.importNode(fragment, true));
      document.body.contentEditable = 'true';
      document.body.setAttribute('role', 'textbox');
      document.body.setAttribute('aria-multiline', 'true');
      document.body.setAttribute('aria-label', t().messageText);
      document.execCommand('defaultParagraphSeparator', false, 'p');
      document.addEventListener('input', changed);
      document.addEventListener('keydown', (event) => {
        // Sends and closes as elsewhere in the form.
        if ((event.key === 'Enter' && (event.ctrlKey || event.metaKey)) || event.key === 'Escape') {
          event.preventDefault();
          element.dispatchEvent(
            new KeyboardEvent('keydown', {
              key: event.key,
              ctrlKey: event.ctrlKey,
              metaKey: event.metaKey,
              bubbles: true,
            }),
          );
        }
      });
      document.addEventListener('paste', paste);
      document.addEventListener(
        'dragover',
        (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault(),
      );
      document.addEventListener('drop', (event) => {
        if (!event.dataTransfer?.files.length) return;
        event.preventDefault();
        take([...event.dataTransfer.files], false);
      });
      element.dataset.filled = 'yes';
      if (draft.to.value.length > 0) document.body.focus();
    };
    const paste = (event: ClipboardEvent): void => {
      const data = event.clipboardData;
      if (!data) return;
      event.preventDefault();
      if (data.files.length > 0) {
        take([...data.files], true);
        return;
      }
      const html = data.getData('text/html');
      if (html) {
        const holder = document.implementation.createHTMLDocument().createElement('div');
        holder.append(sanitizeHtml(html, { urlOfCid: () => undefined, allowRemote: true }).fragment);
        for (const style of holder.querySelectorAll('style')) style.remove();
        command('insertHTML', holder.innerHTML);
      } else command('insertHTML', escapeHtml(data.getData('text/plain')).replace(/\r?\n/g, '<br>'));
    };
    const take = (files: readonly File[], withText: boolean): void => {
      const pictures = withText
        ? files.filter(({ type }) => /^image\/(?:png|jpeg|gif|webp)$/.test(type))
        : [];
      draft.attach(pictures, ({ inline, name }) => {
        command('insertHTML', `<img src="${escapeHtml(inline!.url)}" alt="${escapeHtml(name)}">`);
      });
      draft.attach(files.filter((file) => !pictures.includes(file)));
    };
    element.addEventListener('load', fill);
    fill();
    return () => element.removeEventListener('load', fill);
  }, []);

  const tool = (icon: IconName, label: string, name: Command) => (
    <IconButton
      icon={icon}
      label={label}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => command(name)}
    />
  );
  return (
    <>
      <div class="editor-tools" role="toolbar" aria-label={t().format}>
        {tool('bold', t().bold, 'bold')}
        {tool('italic', t().italic, 'italic')}
        {tool('underline', t().underline, 'underline')}
        {tool('list', t().bullets, 'insertUnorderedList')}
        {tool('numbers', t().numbers, 'insertOrderedList')}
        <IconButton
          icon="quote"
          label={t().quote}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => command('formatBlock', 'blockquote')}
        />
        <IconButton
          icon="link"
          label={t().link}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            asksLink.value = true;
          }}
        />
        {tool('close', t().clearFormat, 'removeFormat')}
      </div>
      <iframe
        ref={frame}
        class="rich-editor editor-focus"
        src="/message-frame.html"
        title={t().messageText}
        sandbox="allow-same-origin"
        referrerpolicy="no-referrer"
      />
      {asksLink.value && (
        <LinkDialog
          onClose={() => {
            asksLink.value = false;
          }}
          onChoose={(url) => {
            asksLink.value = false;
            const selection = page()?.getSelection();
            if (selection && !selection.isCollapsed) command('createLink', url);
            else command('insertHTML', `<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`);
          }}
        />
      )}
    </>
  );
}

function LinkDialog({
  onClose,
  onChoose,
}: {
  readonly onClose: () => void;
  readonly onChoose: (url: string) => void;
}) {
  const url = useSignal('https://');
  return (
    <Dialog title={t().link} onClose={onClose}>
      <form
        class="row-form"
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          if (/^(?:https?:\/\/|mailto:)./i.test(url.value)) onChoose(url.value);
        }}
      >
        <label class="field">
          <span>{t().linkAddress}</span>
          <input
            type="url"
            required
            value={url.value}
            onInput={(event) => {
              url.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="button primary">
          {t().insert}
        </button>
      </form>
    </Dialog>
  );
}

/** Blob addresses of our own pictures pass; what is quoted of a message was cleaned when it was quoted, and is again. */
function clean(html: string, draft: Draft): { readonly fragment: DocumentFragment } {
  let known = html;
  for (const { inline } of draft.attachments.value) {
    if (inline) known = known.replaceAll(inline.url, `cid:${inline.cid}`);
  }
  return sanitizeHtml(known, {
    urlOfCid: (cid) => draft.attachments.value.find(({ inline }) => inline?.cid === cid)?.inline?.url,
    allowRemote: true,
  });
}

const EDITOR_STYLE = `
html { color-scheme: light; height: 100%; background: #fff; }
body { margin: 0; padding: 12px 16px; min-height: calc(100% - 24px); outline: none; overflow-wrap: anywhere; background: #fff; color: #1f2328;
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
p { margin: 0 0 8px; }
blockquote { margin: 8px 0; padding-left: 12px; border-left: 3px solid #d9d4cc; color: #4b535d; }
img { max-width: 100%; height: auto; }
a { color: #a63c22; }
`;
