import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { readPlace } from '../../../../shared/mailbox/email-changes.ts';
import { authenticate, type Identity } from '../../log-in/authenticate.ts';
import { RequestRefused } from '../../problem.ts';
import type { Webmail } from '../../webmail.ts';
import { limit, notJson, readRequest, runRequest } from '../api.ts';
import { parseJson } from '../body.ts';
import { CORE_LIMITS } from '../limits.ts';
import type { JsonObject } from '../method.ts';
import { sessionResource } from '../session.ts';
import { PUSHED_TYPES, type StateWatch, watchStates } from './state-watch.ts';

const SUBPROTOCOL = 'jmap';
const ALIVE_MS = 30_000;
/** Of a client that does not read what it has asked for. */
const MAX_UNSENT_BYTES = 67_108_864;
/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1_001;
const POLICY = 1_008;

/** JMAP over WebSocket (RFC 8887), at `/jmap/ws`. */
export function takeUpgrades(webmail: Webmail, path: string): void {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: CORE_LIMITS.maxSizeRequest,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  webmail.http.onUpgrade((request, socket, head) => {
    socket.on('error', () => socket.destroy());
    upgrade(webmail, server, path, request, socket, head).catch((error: unknown) => {
      const [status, text] =
        error instanceof RequestRefused
          ? [error.status, error.message]
          : ([500, 'the request failed'] as const);
      if (!(error instanceof RequestRefused)) webmail.ports.log.error({ err: error }, 'an upgrade failed');
      socket.end(
        `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      );
    });
  });
}

async function upgrade(
  webmail: Webmail,
  server: WebSocketServer,
  path: string,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  if ((request.url ?? '').split('?', 1)[0] !== path)
    throw new RequestRefused(404, 'notFound', 'there is nothing here');
  const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(',');
  if (!offered.some((one) => one.trim() === SUBPROTOCOL))
    throw new RequestRefused(400, 'badRequest', 'the subprotocol is jmap (RFC 8887)');
  const connection = webmail.http.connectionOf(request);
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const identity = await authenticate(webmail, { method: 'GET', header }, connection);
  const scheme = connection.secure === null ? 'http' : 'https';
  const origin = webmail.config.jmapUrl ?? `${scheme}://${header('host') ?? webmail.config.hostname}`;
  server.handleUpgrade(request, socket, head, (live) => new JmapSocket(webmail, identity, live, origin));
}

class JmapSocket {
  readonly #webmail: Webmail;
  readonly #identity: Identity;
  readonly #socket: WebSocket;
  readonly #origin: string;
  readonly #leave: (() => void) | undefined;
  readonly #alive: NodeJS.Timeout;
  #answered = true;
  #watch: StateWatch | undefined;
  /** Requests are answered in their order. */
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(webmail: Webmail, identity: Identity, socket: WebSocket, origin: string) {
    this.#webmail = webmail;
    this.#identity = identity;
    this.#socket = socket;
    this.#origin = URL.canParse(origin) ? new URL(origin).origin : 'http://localhost';
    this.#leave = webmail.pushes.add({
      account: identity.account.accountId,
      kind: 'web-socket',
      close: () => socket.close(GOING_AWAY),
    });
    this.#alive = setInterval(() => void this.#lookAlive(), ALIVE_MS);
    socket.on('pong', () => {
      this.#answered = true;
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#closed());
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    if (this.#leave === undefined) socket.close(POLICY, 'too many push connections');
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#waiting >= CORE_LIMITS.maxConcurrentRequests) {
      this.#refuse(limit('maxConcurrentRequests', 'too many requests at the same time'), null);
      return;
    }
    this.#waiting += 1;
    this.#turn = this.#turn
      .then(() => this.#answer(data, isBinary))
      .catch((error: unknown) => {
        this.#webmail.ports.log.error({ err: error }, 'a WebSocket request failed');
        this.#socket.terminate();
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #answer(data: Buffer, isBinary: boolean): Promise<void> {
    let id: string | null = null;
    try {
      const message = isBinary ? undefined : parseJson(data);
      if (typeof message !== 'object' || message === null) throw notJson();
      const { '@type': type, ...rest } = message as JsonObject;
      if (typeof rest.id === 'string') id = rest.id;
      if (type === 'Request') await this.#request(rest, id);
      else if (type === 'WebSocketPushEnable') await this.#enablePush(rest);
      else if (type === 'WebSocketPushDisable') this.#disablePush();
      else throw new RequestRefused(400, 'urn:ietf:params:jmap:error:notRequest', 'the @type is not known');
    } catch (error) {
      if (error instanceof RequestRefused) return this.#refuse(error, id);
      this.#webmail.metrics.failures.inc();
      this.#webmail.ports.log.error({ err: error }, 'a WebSocket request failed');
      this.#refuse(new RequestRefused(500, 'about:blank', 'the request failed'), id);
    }
  }

  async #request(body: JsonObject, id: string | null): Promise<void> {
    const { account } = this.#identity;
    const endTurn = await this.#webmail.requestSlots.take(account.accountId);
    if (endTurn === undefined)
      throw limit('maxConcurrentRequests', 'too many requests at the same time', 429);
    try {
      const result = await runRequest(this.#webmail, this.#identity, readRequest(this.#webmail, body));
      const { state } = sessionResource(this.#webmail, this.#identity, this.#origin) as { state: string };
      this.#send({
        '@type': 'Response',
        ...(id === null ? {} : { requestId: id }),
        ...result,
        sessionState: state,
      });
    } finally {
      endTurn();
    }
  }

  async #enablePush({ dataTypes, pushState }: JsonObject): Promise<void> {
    this.#disablePush();
    const types = Array.isArray(dataTypes)
      ? new Set(dataTypes.filter((type): type is string => PUSHED_TYPES.has(type as string)))
      : null;
    const since = typeof pushState === 'string' ? readPlace(pushState)?.modSeq : undefined;
    const watch = await watchStates(
      this.#webmail,
      this.#identity.account.accountId,
      types,
      since,
      ({ modSeq, ...change }) => this.#send({ ...change, pushState: String(modSeq) }),
    );
    if (this.#socket.readyState === this.#socket.OPEN) this.#watch = watch;
    else watch.end();
  }

  #disablePush(): void {
    this.#watch?.end();
    this.#watch = undefined;
  }

  #refuse({ type, status, message, more }: RequestRefused, id: string | null): void {
    this.#send({ '@type': 'RequestError', requestId: id, type, status, detail: message, ...more });
  }

  #send(message: object): void {
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #lookAlive(): Promise<void> {
    if (!this.#answered) return this.#socket.terminate();
    this.#answered = false;
    this.#socket.ping();
    const { session, account } = this.#identity;
    if (session === undefined) return;
    const lives = await this.#webmail.sessions.lives(session.sessionId, account.accountId).catch(() => true);
    if (!lives) this.#socket.close(POLICY, 'the session has ended');
  }

  #closed(): void {
    clearInterval(this.#alive);
    this.#disablePush();
    this.#leave?.();
  }
}
