import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { BodyPart, Email, Id } from '../jmap/types.ts';
import { BODY_PROPERTIES, FULL_ARGUMENTS } from '../state/reader.ts';
import { server } from '../state/session.ts';
import { failureText } from '../state/toasts.ts';
import { t } from '../text/text.ts';
import { Body } from './body.tsx';
import { Icon } from './icons.tsx';
import { MessageHead } from './message-head.tsx';

/** Messages in messages in messages: beyond this they are told apart by nobody. */
const MAX_DEPTH = 8;
const PROPERTIES = FULL_ARGUMENTS.properties.filter(
  (name) => !['threadId', 'mailboxIds', 'keywords', 'receivedAt'].includes(name),
);

interface EnclosedProps {
  readonly part: BodyPart;
  readonly depth: number;
  readonly isOpen: boolean;
}

/** A message/rfc822, shown in place. */
export function EnclosedMessage({ part, depth, isOpen }: EnclosedProps) {
  return <ParsedMessage blobId={part.blobId} name={part.name} depth={depth} isOpen={isOpen} />;
}

interface ParsedProps {
  readonly blobId: Id | null;
  readonly name: string | null;
  readonly depth: number;
  readonly isOpen: boolean;
}

export function ParsedMessage({ blobId, name, depth, isOpen }: ParsedProps) {
  const email = useSignal<Email | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const open = useSignal(isOpen);
  useEffect(() => {
    if (blobId === null || depth >= MAX_DEPTH) {
      problem.value = t().cannotParse;
      return;
    }
    parse(blobId)
      .then((found) => {
        if (found) email.value = found;
        else problem.value = t().cannotParse;
      })
      .catch((error: unknown) => {
        problem.value = failureText(error);
      });
  }, [blobId]);
  const found = email.value;
  return (
    <section class="enclosed" aria-label={t().enclosedMessage}>
      <button
        type="button"
        class="enclosed-head"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name={open.value ? 'down' : 'right'} />
        <Icon name="all" />
        <span>{found?.subject?.trim() || name || t().enclosedMessage}</span>
      </button>
      {problem.value && <p class="muted">{problem.value}</p>}
      {found && open.value && (
        <div class="enclosed-body">
          <MessageHead email={found} />
          <Body email={found} depth={depth + 1} />
        </div>
      )}
    </section>
  );
}

async function parse(blobId: Id): Promise<Email | undefined> {
  const { parsed } = await server().call<{ parsed: Readonly<Record<Id, Email>> | null }>('Email/parse', {
    blobIds: [blobId],
    ...FULL_ARGUMENTS,
    properties: PROPERTIES,
    bodyProperties: BODY_PROPERTIES,
  });
  const found = parsed?.[blobId];
  return found && { ...found, receivedAt: found.sentAt ?? '', keywords: {}, mailboxIds: {} };
}
