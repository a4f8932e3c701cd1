import { useEffect, useRef } from 'preact/hooks';
import { t } from '../text/text.ts';
import { forwardKeys } from './keyboard.ts';
import type { SanitizedHtml } from './sanitize.ts';

interface HtmlFrameProps {
  readonly html: SanitizedHtml;
  readonly allowRemote: boolean;
}

/** A message of this height is scrolled within its frame: styles could make one that grows for ever. */
const MAX_HEIGHT = 30_000;
const MAX_CHANGES = 60;

/**
 * A message's HTML, in a page of its own that may neither run scripts nor ask for anything but pictures
 * (services/webmail/static-files.ts says so by its Content-Security-Policy, the sandbox attribute a second time).
 */
export function HtmlFrame({ html, allowRemote }: HtmlFrameProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const path = allowRemote ? '/message-frame-remote.html' : '/message-frame.html';

  useEffect(() => {
    const element = frame.current!;
    let observer: ResizeObserver | undefined;
    const fill = (): void => {
      const page = element.contentDocument;
      if (!page?.body || !page.URL.endsWith(path)) return;
      observer?.disconnect();
      for (const [name, value] of Object.entries(html.body)) page.body.setAttribute(name, value);
      const base = page.createElement('style');
      base.textContent = BASE_STYLE;
      page.head.append(base);
      page.body.replaceChildren(page.importNode(html.fragment, true));
      forwardKeys(page);
      let changes = 0;
      let width = 0;
      const fit = (): void => {
        if (element.clientWidth !== width) changes = 0;
        width = element.clientWidth;
        if (changes++ > MAX_CHANGES) return;
        // Content wider than the page is scrolled sideways, and the bar takes room.
        const bar = page.documentElement.scrollWidth > width ? 16 : 0;
        element.style.height = `${Math.min(MAX_HEIGHT, Math.ceil(page.body.getBoundingClientRect().height) + bar + 2)}px`;
      };
      observer = new ResizeObserver(fit);
      observer.observe(page.body);
      observer.observe(element);
      fit();
      element.dataset.filled = 'yes';
    };
    element.addEventListener('load', fill);
    fill();
    return () => {
      element.removeEventListener('load', fill);
      observer?.disconnect();
    };
  }, [html, path]);

  return (
    <iframe
      key={path}
      ref={frame}
      class="html-frame"
      src={path}
      title={t().messageContent}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      referrerpolicy="no-referrer"
    />
  );
}

/** Looks of the page that the message may change. */
const BASE_STYLE = `
html { color-scheme: light; background: #fff; overflow-y: hidden; }
body { margin: 0; padding: 4px 0; display: flow-root; background: #fff; color: #1f2328; overflow-wrap: anywhere;
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
img { max-width: 100%; height: auto; }
pre { white-space: pre-wrap; }
a { color: #a63c22; }
blockquote { margin: 8px 0; padding-left: 12px; border-left: 3px solid #d9d4cc; }
`;
