import type { Context } from 'hono';
import { readPlace } from '../../../../shared/mailbox/email-changes.ts';
import { authenticate } from '../../log-in/authenticate.ts';
import { RequestRefused } from '../../problem.ts';
import { connectionOf, headOf } from '../../request.ts';
import type { Webmail } from '../../webmail.ts';
import { limit } from '../api.ts';
import { PUSHED_TYPES, type StateChange, type StateWatch, watchStates } from './state-watch.ts';

/** A client may not ask for pings more often; seconds. */
const MIN_PING = 5;
const MAX_PING = 900;
/** How often it is looked whether the session that opened it still is one; also keeps the way through NATs open. */
const ALIVE_MS = 30_000;

/** GET of the session's eventSourceUrl (RFC 8620 §7.3). */
export async function eventSource(webmail: Webmail, context: Context): Promise<Response> {
  const { account, session } = await authenticate(webmail, headOf(context), connectionOf(webmail, context));
  const { types, closeAfterState, ping } = readQuery(context);
  const since = readPlace(context.req.header('last-event-id') ?? '')?.modSeq;
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let watch: StateWatch | undefined;
  let left: (() => void) | undefined;
  const timers: NodeJS.Timeout[] = [];

  const end = (): void => {
    for (const timer of timers) clearInterval(timer);
    watch?.end();
    left?.();
    try {
      controller?.close();
    } catch {
      // The client went first.
    }
    controller = undefined;
  };
  /** What a client does not read is not kept for it: it asks for what it missed by its Last-Event-ID. */
  const send = (text: string): void => {
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) < -MAX_UNREAD_BYTES) end();
    else controller.enqueue(encoder.encode(text));
  };
  const tell = ({ modSeq, ...change }: StateChange): void => {
    send(`event: state\nid: ${modSeq}\ndata: ${JSON.stringify(change)}\n\n`);
    if (closeAfterState) end();
  };

  left = webmail.pushes.add({ account: account.accountId, kind: 'event-source', close: end });
  if (left === undefined) throw limit('maxPushConnections', 'too many push connections', 429);
  const stream = new ReadableStream<Uint8Array>(
    {
      async start(own) {
        controller = own;
        send(': here\n\n');
        if (ping > 0)
          timers.push(
            setInterval(
              () => send(`event: ping\ndata: ${JSON.stringify({ interval: ping })}\n\n`),
              ping * 1_000,
            ),
          );
        timers.push(
          setInterval(() => {
            send(': alive\n\n');
            if (session === undefined) return;
            void webmail.sessions
              .lives(session.sessionId, account.accountId)
              .then((lives) => lives || end())
              .catch(() => undefined);
          }, ALIVE_MS),
        );
        watch = await watchStates(webmail, account.accountId, types, since, tell);
        if (controller === undefined) watch.end();
      },
      cancel: end,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return context.body(stream, 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
}

const MAX_UNREAD_BYTES = 65_536;

function readQuery(context: Context): {
  types: ReadonlySet<string> | null;
  closeAfterState: boolean;
  ping: number;
} {
  const { types = '*', closeafter = 'no', ping = '0' } = context.req.query();
  if (!['no', 'state'].includes(closeafter) || !/^\d{1,9}$/.test(ping))
    throw new RequestRefused(
      400,
      'badRequest',
      'types, closeafter (state or no) and ping (seconds) are wanted',
    );
  const names = types === '*' ? null : new Set(types.split(',').filter((type) => PUSHED_TYPES.has(type)));
  const seconds = Number(ping);
  return {
    types: names,
    closeAfterState: closeafter === 'state',
    ping: seconds === 0 ? 0 : Math.min(MAX_PING, Math.max(MIN_PING, seconds)),
  };
}
