import { type Signal, signal } from '@preact/signals';
import { Failure } from '../jmap/connection.ts';
import type { EmailAddress, Id, SetResponse } from '../jmap/types.ts';
import { isAddress } from '../model/addresses.ts';
import { escapeHtml } from '../model/reply.ts';
import { htmlToText } from '../view/sanitize.ts';
import { makeMailbox } from './actions.ts';
import { identities } from './identities.ts';
import { byRole } from './mailboxes.ts';
import type { ComposeMode } from './preferences.ts';
import { server } from './session.ts';

export interface Attachment {
  readonly key: number;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Shown within the text, by this Content-ID, under this address of the page. */
  readonly inline?: { readonly cid: string; readonly url: string };
  readonly blobId?: Id;
  /** 0 to 1 while it goes up. */
  readonly progress: number;
  readonly failed?: string;
}

export interface DraftInit {
  readonly emailId?: Id;
  readonly identityId: Id;
  readonly to?: readonly EmailAddress[];
  readonly cc?: readonly EmailAddress[];
  readonly bcc?: readonly EmailAddress[];
  readonly subject?: string;
  readonly mode: ComposeMode;
  /** What stands in the editor at first: HTML or text, by `mode`. */
  readonly content: string;
  readonly attachments?: readonly Attachment[];
  readonly inReplyTo?: readonly string[];
  readonly references?: readonly string[];
  /** The message that this one answers or passes on. */
  readonly answers?: { readonly id: Id; readonly keyword: '$answered' | '$forwarded' };
}

let lastKey = 0;

/** A message that is being written. */
export class Draft {
  readonly key = ++lastKey;
  readonly identityId: Signal<Id>;
  readonly to: Signal<readonly EmailAddress[]>;
  readonly cc: Signal<readonly EmailAddress[]>;
  readonly bcc: Signal<readonly EmailAddress[]>;
  readonly subject: Signal<string>;
  readonly mode: Signal<ComposeMode>;
  readonly content: Signal<string>;
  readonly attachments: Signal<readonly Attachment[]>;
  readonly saved = signal<'no' | 'saving' | 'yes' | 'failed'>('no');
  readonly #init: DraftInit;
  readonly #uploads = new Map<number, AbortController>();
  /** The message in Drafts that holds what was saved last. */
  #emailId: Id | undefined;
  #savedAs: string;
  #saving: Promise<void> = Promise.resolve();
  #done = false;

  constructor(init: DraftInit) {
    this.#init = init;
    this.#emailId = init.emailId;
    this.identityId = signal(init.identityId);
    this.to = signal(init.to ?? []);
    this.cc = signal(init.cc ?? []);
    this.bcc = signal(init.bcc ?? []);
    this.subject = signal(init.subject ?? '');
    this.mode = signal(init.mode);
    this.content = signal(init.content);
    this.attachments = signal(init.attachments ?? []);
    this.#savedAs = this.#fingerprint();
  }

  get emailId(): Id | undefined {
    return this.#emailId;
  }
  get isChanged(): boolean {
    return this.#fingerprint() !== this.#savedAs;
  }
  get uploading(): boolean {
    return this.attachments.value.some(({ blobId, failed }) => !blobId && !failed);
  }
  get recipients(): readonly EmailAddress[] {
    return [...this.to.value, ...this.cc.value, ...this.bcc.value];
  }

  #fingerprint(): string {
    return JSON.stringify([
      this.identityId.value,
      this.to.value,
      this.cc.value,
      this.bcc.value,
      this.subject.value,
      this.mode.value,
      this.content.value,
      this.attachments.value.map(({ blobId, name }) => [blobId, name]),
    ]);
  }

  /** Saves what has changed; one save after the other. */
  save(): Promise<void> {
    this.#saving = this.#saving.catch(() => undefined).then(() => this.#save());
    return this.#saving;
  }

  async #save(): Promise<void> {
    if (this.#done || !this.isChanged) return;
    const fingerprint = this.#fingerprint();
    this.saved.value = 'saving';
    try {
      // A message never changes: a new one takes the place of the old.
      const answer = await server().call<SetResponse>('Email/set', {
        create: { draft: await this.#toEmail() },
        ...(this.#emailId ? { destroy: [this.#emailId] } : {}),
      });
      const error = answer.notCreated?.draft;
      if (error) throw new Failure('refused', error.type, error.description ?? '');
      this.#emailId = answer.created?.draft?.id;
      this.#savedAs = fingerprint;
      this.saved.value = 'yes';
    } catch (error) {
      this.saved.value = 'failed';
      throw error;
    }
  }

  /** Throws it away, and what was saved of it. */
  async discard(): Promise<void> {
    this.#done = true;
    for (const aborter of this.#uploads.values()) aborter.abort();
    await this.#saving.catch(() => undefined);
    if (this.#emailId) await server().call<SetResponse>('Email/set', { destroy: [this.#emailId] });
  }

  /** Refused before anything is sent: what is no address. */
  get wrongAddresses(): readonly string[] {
    return this.recipients.filter(({ email }) => !isAddress(email)).map(({ email }) => email);
  }

  /**
   * Sends it: at `at`, or after `holdSeconds`, in which it can be called back. Resolves with how to call it back.
   */
  async send(when: { readonly at?: Date; readonly holdSeconds: number }): Promise<() => Promise<void>> {
    await this.#saving.catch(() => undefined);
    const identity = identities.value.find(({ id }) => id === this.identityId.value);
    const sent = byRole('sent') ?? (await makeMailbox('sent'));
    const drafts = byRole('drafts');
    const parameters = when.at
      ? { HOLDUNTIL: when.at.toISOString().replace(/\.\d+Z$/, 'Z') }
      : when.holdSeconds > 0
        ? { HOLDFOR: String(when.holdSeconds) }
        : null;
    const answers = this.#init.answers;
    const { created, submitted } = await server().request<{
      created: SetResponse;
      submitted: SetResponse<{ readonly id: Id; readonly sendAt: string }>;
    }>([
      [
        'Email/set',
        {
          create: { draft: await this.#toEmail() },
          ...(this.#emailId ? { destroy: [this.#emailId] } : {}),
          ...(answers ? { update: { [answers.id]: { [`keywords/${answers.keyword}`]: true } } } : {}),
        },
        'created',
      ],
      [
        'EmailSubmission/set',
        {
          create: {
            send: {
              identityId: this.identityId.value,
              emailId: '#draft',
              envelope: {
                mailFrom: { email: identity?.email ?? '', parameters },
                rcptTo: this.recipients.map(({ email }) => ({ email, parameters: null })),
              },
            },
          },
          onSuccessUpdateEmail: {
            '#send': {
              'keywords/$draft': null,
              ...(sent ? { [`mailboxIds/${sent.id}`]: true } : {}),
              ...(drafts ? { [`mailboxIds/${drafts.id}`]: null } : {}),
            },
          },
        },
        'submitted',
      ],
    ]);
    const emailId = created.created?.draft?.id;
    const noEmail = created.notCreated?.draft;
    if (!emailId) throw new Failure('refused', noEmail?.type ?? 'serverFail', noEmail?.description ?? '');
    // From here on it is this message that stands in Drafts, also when it is not taken for sending.
    this.#emailId = emailId;
    this.#savedAs = this.#fingerprint();
    const refused = submitted.notCreated?.send;
    const submissionId = submitted.created?.send?.id;
    if (!submissionId)
      throw new Failure('refused', refused?.type ?? 'serverFail', refused?.description ?? '');
    this.#done = true;
    return async () => {
      const answer = await server().call<SetResponse>('EmailSubmission/set', {
        update: { [submissionId]: { undoStatus: 'canceled' } },
        onSuccessUpdateEmail: {
          [submissionId]: {
            'keywords/$draft': true,
            ...(drafts ? { [`mailboxIds/${drafts.id}`]: true } : {}),
            ...(sent ? { [`mailboxIds/${sent.id}`]: null } : {}),
          },
        },
      });
      const error = answer.notUpdated?.[submissionId];
      if (error) throw new Failure('refused', error.type, error.description ?? '');
      this.#done = false;
    };
  }

  async #toEmail(): Promise<Readonly<Record<string, unknown>>> {
    const drafts = byRole('drafts') ?? (await makeMailbox('drafts'));
    const identity = identities.value.find(({ id }) => id === this.identityId.value);
    const isHtml = this.mode.value === 'html';
    const html = isHtml ? this.#outgoingHtml() : '';
    const text = isHtml
      ? htmlToText(new DOMParser().parseFromString(trusted(html), 'text/html').body)
      : this.content.value;
    const attachments = this.attachments.value
      .filter(({ blobId, inline }) => blobId && (!inline || html.includes(`cid:${inline.cid}`)))
      .map(({ blobId, name, type, inline }) => ({
        blobId,
        name,
        type,
        disposition: inline ? 'inline' : 'attachment',
        ...(inline ? { cid: inline.cid } : {}),
      }));
    return {
      mailboxIds: { [drafts?.id ?? '']: true },
      keywords: { $draft: true, $seen: true },
      from: [{ name: identity?.name || null, email: identity?.email ?? '' }],
      ...(identity?.replyTo?.length ? { replyTo: identity.replyTo } : {}),
      to: nonEmpty(this.to.value),
      cc: nonEmpty(this.cc.value),
      bcc: nonEmpty(this.bcc.value),
      subject: this.subject.value,
      ...(this.#init.inReplyTo?.length ? { inReplyTo: this.#init.inReplyTo } : {}),
      ...(this.#init.references?.length ? { references: this.#init.references } : {}),
      textBody: [{ partId: 'text', type: 'text/plain' }],
      ...(isHtml ? { htmlBody: [{ partId: 'html', type: 'text/html' }] } : {}),
      bodyValues: { text: { value: text }, ...(isHtml ? { html: { value: html } } : {}) },
      ...(attachments.length > 0 ? { attachments } : {}),
    };
  }

  /** Pictures by their Content-ID instead of an address of this page. */
  #outgoingHtml(): string {
    let html = this.content.value;
    for (const { inline } of this.attachments.value) {
      if (inline)
        html = html
          .replaceAll(escapeHtml(inline.url), `cid:${inline.cid}`)
          .replaceAll(inline.url, `cid:${inline.cid}`);
    }
    return `<!doctype html><html><body>${html}</body></html>`;
  }

  attach(files: Iterable<File>, inline?: (attachment: Attachment) => void): void {
    for (const file of files) this.#upload(file, inline);
  }

  #upload(file: File, inline?: (attachment: Attachment) => void): void {
    const key = ++lastKey;
    const aborter = new AbortController();
    this.#uploads.set(key, aborter);
    const made: Attachment = {
      key,
      name: file.name || 'image.png',
      type: file.type || 'application/octet-stream',
      size: file.size,
      progress: 0,
      ...(inline
        ? { inline: { cid: `${crypto.randomUUID()}@cartero`, url: URL.createObjectURL(file) } }
        : {}),
    };
    this.attachments.value = [...this.attachments.value, made];
    inline?.(made);
    const change = (change: Partial<Attachment>): void => {
      this.attachments.value = this.attachments.value.map((one) =>
        one.key === key ? { ...one, ...change } : one,
      );
    };
    server()
      .upload(file, (progress) => change({ progress }), aborter.signal)
      .then(({ blobId }) => change({ blobId, progress: 1 }))
      .catch((error: unknown) => {
        if (aborter.signal.aborted) return;
        change({ failed: error instanceof Failure ? error.kind : 'refused' });
      })
      .finally(() => this.#uploads.delete(key));
  }

  detach(key: number): void {
    this.#uploads.get(key)?.abort();
    this.attachments.value = this.attachments.value.filter((one) => one.key !== key);
  }
}

const nonEmpty = (addresses: readonly EmailAddress[]): readonly EmailAddress[] | null =>
  addresses.length > 0 ? addresses : null;

/** For DOMParser alone, whose documents run nothing. */
const policy = (
  globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: object): { createHTML(text: string): string } };
  }
).trustedTypes?.createPolicy('cartero-parser', {
  createHTML: (text: string) => text,
});
const trusted = (html: string): string => policy?.createHTML(html) ?? html;
