import DOMPurify from 'dompurify';

export interface SanitizedHtml {
  /** `<style>` elements and the body's content, belonging to no page yet. */
  readonly fragment: DocumentFragment;
  /** The attributes of the message's own body that say how it looks. */
  readonly body: Readonly<Record<string, string>>;
  /** What the message wants of other hosts: pictures, mostly to see who reads it. */
  readonly remote: number;
}

export interface SanitizeOptions {
  /** Where the parts are that `cid:` names (RFC 2392). */
  readonly urlOfCid: (cid: string) => string | undefined;
  readonly allowRemote: boolean;
}

/** Nothing that runs, asks, posts, refreshes, embeds, or says where relative addresses begin. */
const FORBIDDEN_TAGS = [
  'form',
  'input',
  'button',
  'select',
  'option',
  'optgroup',
  'textarea',
  'datalist',
  'output',
  'dialog',
  'base',
  'link',
  'meta',
  'iframe',
  'frame',
  'frameset',
  'object',
  'embed',
  'applet',
  'portal',
  'audio',
  'video',
  'source',
  'track',
  'svg',
  'math',
  'template',
  'slot',
  'noscript',
  'title',
  'menu',
  'nobr',
  'marquee',
  'bgsound',
  'fencedframe',
  'search',
];
const FORBIDDEN_ATTRIBUTES = [
  'action',
  'autofocus',
  'contenteditable',
  'draggable',
  'form',
  'formaction',
  'is',
  'name',
  'ping',
  'popover',
  'popovertarget',
  'slot',
  'srcdoc',
  'tabindex',
  'autoplay',
  'usemap',
  'accesskey',
  'longdesc',
  'cite',
  'http-equiv',
  'download',
];
const LINKS = /^(?:https?|mailto|tel|sms|xmpp|ftp):/i;
const PICTURES = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp)[;,]/i;
/** Attributes whose address a browser asks for by itself. */
const FETCHED = ['src', 'srcset', 'background', 'poster', 'lowsrc', 'dynsrc'];
const CSS_URL = /url\(\s*(['"]?)([^'")]*)\1\s*\)/gi;

/**
 * What of a message's HTML may be shown. It goes into a page without scripts whose Content-Security-Policy lets it ask
 * for nothing; this is the first of these walls, not the only one.
 */
export function sanitizeHtml(html: string, options: SanitizeOptions): SanitizedHtml {
  now = { ...options, remote: 0 };
  const clean = DOMPurify.sanitize(html, {
    WHOLE_DOCUMENT: true,
    RETURN_DOM: true,
    USE_PROFILES: { html: true },
    FORBID_TAGS: FORBIDDEN_TAGS,
    FORBID_ATTR: FORBIDDEN_ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ADD_ATTR: ['target'],
    ALLOWED_URI_REGEXP:
      /^(?:(?:https?|mailto|tel|sms|xmpp|ftp|cid|data):|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
  }) as HTMLElement;
  const { remote } = now;

  const fragment = document.createDocumentFragment();
  const head = clean.querySelector('head');
  const body = clean.querySelector('body') ?? clean;
  for (const style of head?.querySelectorAll('style') ?? []) fragment.append(style);
  const attributes: Record<string, string> = {};
  for (const name of ['bgcolor', 'text', 'style', 'dir', 'class']) {
    const value = body.getAttribute(name);
    if (value) attributes[name] = value;
  }
  fragment.append(...body.childNodes);
  return { fragment, body: attributes, remote };
}

/** Of the call that is under way: DOMPurify's hooks are its own, and there is one DOMPurify (one Trusted Types policy). */
let now: SanitizeOptions & { remote: number } = { urlOfCid: () => undefined, allowRemote: false, remote: 0 };

/** Where a browser would fetch it from; undefined: it may not. */
function resolve(url: string): string | undefined {
  const trimmed = url.trim();
  if (/^cid:/i.test(trimmed)) return now.urlOfCid(decode(trimmed.slice(4)));
  if (PICTURES.test(trimmed)) return trimmed;
  if (/^(?:https?:)?\/\//i.test(trimmed)) {
    now.remote++;
    return now.allowRemote ? trimmed.replace(/^\/\//, 'https://') : undefined;
  }
  return undefined;
}

function css(text: string): string {
  return unescapeCss(text)
    .replace(CSS_URL, (_, __, url: string) => {
      const resolved = resolve(url);
      return resolved === undefined ? 'none' : `url("${resolved.replace(/["\\\n]/g, encodeURIComponent)}")`;
    })
    .replace(/@import\b[^;]*;?/gi, '');
}

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  for (const name of FETCHED) {
    const value = node.getAttribute(name);
    if (value === null) continue;
    const resolved = name === 'srcset' ? undefined : resolve(value);
    if (resolved === undefined) node.removeAttribute(name);
    else node.setAttribute(name, resolved);
  }
  const style = node.getAttribute('style');
  if (style?.includes('(') || style?.includes('\\')) node.setAttribute('style', css(style));
  const href = node.getAttribute('href');
  if (href === null) return;
  if (LINKS.test(href.trim())) {
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer nofollow');
    node.setAttribute('title', href);
  } else node.removeAttribute('href');
});

DOMPurify.addHook('uponSanitizeElement', (node, { tagName }) => {
  if (tagName === 'style') node.textContent = css(node.textContent ?? '');
});

/** `\75rl(` is `url(` to a browser. */
function unescapeCss(text: string): string {
  return text.replace(/\\([0-9a-f]{1,6})\s?/gi, (_, code: string) => {
    const point = Number.parseInt(code, 16);
    return point > 31 && point <= 0x10ffff && point !== 0x5c ? String.fromCodePoint(point) : '';
  });
}

function decode(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

/** HTML as plain text, for the other half of multipart/alternative and for quoting. */
export function htmlToText(root: Node): string {
  let text = '';
  const walk = (node: Node, depth: number): void => {
    if (depth > 200) return;
    if (node.nodeType === Node.TEXT_NODE) {
      text += (node.textContent ?? '').replace(/\s+/g, ' ');
      return;
    }
    const tag = node.nodeName.toLowerCase();
    if (tag === 'style' || tag === 'script' || tag === 'head') return;
    if (tag === 'br') {
      text += '\n';
      return;
    }
    const isBlock = BLOCKS.has(tag);
    if (isBlock && text !== '' && !text.endsWith('\n')) text += '\n';
    if (tag === 'li') text += '- ';
    const before = text.length;
    for (const child of node.childNodes) walk(child, depth + 1);
    if (tag === 'blockquote') {
      const quoted = text.slice(before).trim();
      text = `${text.slice(0, before)}${quoted
        .split('\n')
        .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`))
        .join('\n')}`;
    }
    if (isBlock && !text.endsWith('\n')) text += '\n';
    if (tag === 'p' || tag === 'h1' || tag === 'h2' || tag === 'h3') text += '\n';
    if (tag === 'td' || tag === 'th') text += ' ';
  };
  walk(root, 0);
  return text
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

const BLOCKS = new Set([
  'address',
  'article',
  'blockquote',
  'center',
  'dd',
  'div',
  'dl',
  'dt',
  'footer',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'header',
  'hr',
  'li',
  'ol',
  'p',
  'pre',
  'section',
  'table',
  'tr',
  'ul',
]);
