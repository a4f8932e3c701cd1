import { signal, untracked, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { visibleRows } from '../model/windows.ts';
import { find } from '../state/mailboxes.ts';
import {
  failed,
  loaded,
  look,
  openList,
  positionOf,
  rowId,
  sourceKey,
  total,
  version,
} from '../state/message-list.ts';
import { openId, route } from '../state/route.ts';
import { cursor, selected, selectNone } from '../state/selection.ts';
import { failureText } from '../state/toasts.ts';
import { mailboxName, t } from '../text/text.ts';
import { ListToolbar } from './list-toolbar.tsx';
import { MessageRow } from './message-row.tsx';

/** Each line has the same height, so that a place in the list is a multiplication. Kept in style/list.css as well. */
const ROW_HEIGHT = 76;

const view = signal({ scrollTop: 0, height: 800 });

export function MessageList() {
  const scroller = useRef<HTMLDivElement>(null);
  const busy = useSignal(false);

  useSignalEffect(() => {
    if (sourceKey.value === undefined) return;
    untracked(() => {
      selectNone();
      if (scroller.current) scroller.current.scrollTop = 0;
      view.value = { ...view.peek(), scrollTop: 0 };
      busy.value = true;
      void openList().finally(() => {
        busy.value = false;
      });
    });
  });

  useLayoutEffect(() => {
    const element = scroller.current!;
    const measure = (): void => {
      view.value = { scrollTop: element.scrollTop, height: element.clientHeight };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const count = total.value ?? 0;
  const { first, last } = visibleRows(view.value, ROW_HEIGHT, count);

  // Who drags the scroll bar over thousands of lines looks at none of them.
  useEffect(() => {
    const timer = setTimeout(() => look(first, last), loaded.value ? 40 : 0);
    return () => clearTimeout(timer);
  }, [first, last, version.value]);

  useSignalEffect(() => {
    const id = cursor.value;
    if (id !== undefined) untracked(() => scrollTo(scroller.current, positionOf(id)));
  });

  const rows = [];
  for (let at = first; at <= last; at++) rows.push(at);
  return (
    <section class="list-pane" aria-label={heading()}>
      <ListToolbar title={heading()} />
      <div class="list-scroller" ref={scroller} tabIndex={-1}>
        <ul class="list" style={{ height: `${count * ROW_HEIGHT}px` }} aria-busy={busy.value}>
          {rows.map((at) => {
            const id = rowId(at);
            return (
              <MessageRow
                key={id ?? `at-${at}`}
                id={id}
                position={at}
                top={at * ROW_HEIGHT}
                count={count}
                isOpen={id !== undefined && id === openId.value}
                isSelected={id !== undefined && selected.value.has(id)}
                isCursor={id !== undefined && id === cursor.value}
              />
            );
          })}
        </ul>
        {!loaded.value && !failed.value && <Skeleton />}
        {loaded.value && count === 0 && <Empty />}
        {failed.value !== undefined && <p class="empty">{failureText(failed.value)}</p>}
      </div>
    </section>
  );
}

export function heading(): string {
  const now = route.value;
  if (now.view === 'search') return t().searchResults(now.query);
  if (now.view !== 'mailbox') return '';
  const mailbox = find(now.mailbox);
  return mailbox ? mailboxName(mailbox) : now.mailbox === 'flagged' ? t().flaggedMailbox : '';
}

function scrollTo(element: HTMLElement | null, position: number): void {
  if (!element || position < 0) return;
  const top = position * ROW_HEIGHT;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
  }
}

function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{t().loading}</span>
      {[0, 1, 2, 3, 4, 5].map((one) => (
        <div key={one} class="skeleton-row">
          <i />
          <span>
            <b />
            <b />
            <b />
          </span>
        </div>
      ))}
    </div>
  );
}

function Empty() {
  const now = route.value;
  return (
    <div class="empty">
      <p class="empty-title">{now.view === 'search' ? t().nothingFound : t().emptyMailbox}</p>
      <p>{now.view === 'search' ? t().nothingFoundHint : t().emptyMailboxHint}</p>
    </div>
  );
}
