import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { BodyPart, BodyValue, Email } from '../jmap/types.ts';
import { type Block, bodyPlan } from '../model/body-plan.ts';
import { foldable, linkPieces, type TextBlock, textBlocks } from '../model/plain-text.ts';
import { server } from '../state/session.ts';
import { t } from '../text/text.ts';
import { Attachments } from './attachments.tsx';
import { canBeShownAs, useBlobUrl } from './blob-url.ts';
import { EnclosedMessage } from './enclosed-message.tsx';
import { HtmlFrame } from './html-frame.tsx';
import { Icon } from './icons.tsx';
import { PartialMessage } from './partial-message.tsx';
import { sanitizeHtml } from './sanitize.ts';

/** Everything below a message's header. `depth`: how many messages it is enclosed in. */
export function Body({ email, depth }: { readonly email: Email; readonly depth: number }) {
  const plan = useMemo(() => bodyPlan(email.bodyStructure, email.bodyValues), [email]);
  return (
    <div class="body">
      {plan.blocks.map((block, index) => (
        <BlockView
          key={`${block.part.partId ?? ''} ${index}`}
          block={block}
          related={plan.related}
          depth={depth}
        />
      ))}
      {plan.blocks.length === 0 && plan.attachments.length === 0 && <p class="muted">{t().noContent}</p>}
      <Attachments parts={plan.attachments} />
    </div>
  );
}

interface BlockProps {
  readonly block: Block;
  readonly related: ReadonlyMap<string, BodyPart>;
  readonly depth: number;
}

function BlockView({ block, related, depth }: BlockProps) {
  switch (block.kind) {
    case 'text':
      return <PlainText value={block.value} />;
    case 'html':
      return <Html value={block.value} related={related} />;
    case 'image':
    case 'audio':
    case 'video':
      return <Medium part={block.part} kind={block.kind} />;
    case 'message':
      return <EnclosedMessage part={block.part} depth={depth} isOpen={!block.digest && depth === 0} />;
    case 'partial':
      return <PartialMessage info={block.info} depth={depth} />;
    case 'external':
      return (
        <p class="notice">
          <Icon name="link" />
          {block.link ? (
            <a href={block.link} target="_blank" rel="noopener noreferrer">
              {t().externalBody(block.part.name ?? block.link)}
            </a>
          ) : (
            t().externalBodyUnknown
          )}
        </p>
      );
  }
}

function PlainText({ value }: { readonly value: BodyValue }) {
  const blocks = useMemo(() => textBlocks(value.value), [value]);
  return (
    <div class="plain">
      {blocks.map((block, index) =>
        foldable(block) ? <Quote key={index} block={block} /> : <Lines key={index} {...block} />,
      )}
      {value.isTruncated && <p class="notice">{t().truncated}</p>}
    </div>
  );
}

function Lines({ text, quoted }: TextBlock) {
  return (
    <div class={quoted ? 'lines quoted' : 'lines'}>
      {linkPieces(text).map((piece) =>
        piece.href ? (
          <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </div>
  );
}

function Quote({ block }: { readonly block: TextBlock }) {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        class="fold"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        {isOpen.value ? t().hideQuote : t().showQuote}
      </button>
      {isOpen.value && <Lines {...block} />}
    </>
  );
}

function Html({
  value,
  related,
}: {
  readonly value: BodyValue;
  readonly related: ReadonlyMap<string, BodyPart>;
}) {
  const allowRemote = useSignal(false);
  const urls = useCidUrls(value.value, related);
  const html = useMemo(
    () => sanitizeHtml(value.value, { urlOfCid: (cid) => urls?.get(cid), allowRemote: allowRemote.value }),
    [value, urls, allowRemote.value],
  );
  const blocked = useComputed(() => !allowRemote.value);
  return (
    <>
      {html.remote > 0 && blocked.value && (
        <p class="notice">
          <Icon name="image" />
          <span>{t().remoteBlocked}</span>
          <button
            type="button"
            class="button small"
            onClick={() => {
              allowRemote.value = true;
            }}
          >
            {t().showRemote}
          </button>
        </p>
      )}
      <HtmlFrame html={html} allowRemote={allowRemote.value} />
      {value.isTruncated && <p class="notice">{t().truncated}</p>}
    </>
  );
}

const NO_URLS: ReadonlyMap<string, string> = new Map();

/** Addresses of the pictures that the HTML names by cid:. */
function useCidUrls(html: string, related: ReadonlyMap<string, BodyPart>): ReadonlyMap<string, string> {
  const urls = useSignal(NO_URLS);
  useEffect(() => {
    const wanted = [...related].filter(
      ([cid, part]) => html.includes(cid) && canBeShownAs(part.type) && part.blobId,
    );
    const aborter = new AbortController();
    const made: string[] = [];
    Promise.all(
      wanted.map(async ([cid, part]) => {
        const blob = await server().download(part.blobId!, part.type, aborter.signal);
        const url = URL.createObjectURL(blob);
        made.push(url);
        return [cid, url] as const;
      }),
    )
      .then((entries) => {
        if (entries.length > 0 && !aborter.signal.aborted) urls.value = new Map(entries);
      })
      .catch(() => undefined);
    return () => {
      aborter.abort();
      for (const url of made) URL.revokeObjectURL(url);
    };
  }, [html, related]);
  return urls.value;
}

function Medium({ part, kind }: { readonly part: BodyPart; readonly kind: 'image' | 'audio' | 'video' }) {
  const url = useBlobUrl(part.blobId, part.type);
  const broken = useSignal(false);
  if (url === 'failed' || broken.value) return <Attachments parts={[part]} />;
  if (url === undefined) return <p class="muted">{t().loading}</p>;
  const fail = (): void => {
    broken.value = true;
  };
  const name = part.name ?? t().picture;
  return (
    <figure class="medium">
      {kind === 'image' && <img src={url} alt={name} onError={fail} />}
      {kind === 'audio' && <audio src={url} controls preload="metadata" aria-label={name} onError={fail} />}
      {kind === 'video' && <video src={url} controls preload="metadata" aria-label={name} onError={fail} />}
      {part.name && <figcaption>{part.name}</figcaption>}
    </figure>
  );
}
