import { listen } from '../jmap/push.ts';
import { loadMailboxes } from './mailboxes.ts';
import { idsListed, refreshKnown, refreshList, source } from './message-list.ts';
import { conversation, read } from './reader.ts';
import { openId } from './route.ts';
import { online, server } from './session.ts';
import { toastFailure } from './toasts.ts';

/** Changes that come close together are read together. */
const GATHER_MS = 150;

/** Keeps what is shown as it is on the server, until the function that it returns is called. */
export function stayLive(): () => void {
  const connection = server();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let types = new Set<string>();
  const stop = listen(connection.session, connection.accountId, (changed) => {
    online.value = true;
    types = types.union(changed);
    timer ??= setTimeout(() => {
      timer = undefined;
      const now = types;
      types = new Set();
      catchUp(now).catch(toastFailure);
    }, GATHER_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

async function catchUp(types: ReadonlySet<string>): Promise<void> {
  const work: Promise<void>[] = [];
  if (types.has('Mailbox') || types.has('Email')) work.push(loadMailboxes());
  if (types.has('Email')) {
    work.push(refreshList());
    const shown = conversation.value;
    if (shown) work.push(refreshKnown(shown.emails.map(({ id }) => id)));
  }
  await Promise.all(work);
  // A new message of the thread that is open belongs to it.
  const id = openId.value;
  if (types.has('Email') && id && !idsListed().includes(id) && source.value?.mailboxId) void read(id);
}
