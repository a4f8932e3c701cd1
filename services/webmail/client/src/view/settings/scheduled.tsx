import { Failure, SUBMISSION } from '../../jmap/connection.ts';
import type {
  EmailSubmission,
  EmailSummary,
  GetResponse,
  QueryResponse,
  SetResponse,
} from '../../jmap/types.ts';
import { displayName } from '../../model/addresses.ts';
import { mediumDate } from '../../model/dates.ts';
import { openDraft } from '../../state/compose-window.ts';
import { byRole } from '../../state/mailboxes.ts';
import { go } from '../../state/route.ts';
import { server } from '../../state/session.ts';
import { toastFailure } from '../../state/toasts.ts';
import { region, t } from '../../text/text.ts';
import { useLoaded, Waiting } from './loaded.tsx';

interface Waits {
  readonly submission: EmailSubmission;
  readonly email: EmailSummary | undefined;
}

export function Scheduled() {
  const loaded = useLoaded(SUBMISSION, load);
  const cancel = async ({ submission }: Waits): Promise<void> => {
    const [drafts, sent] = [byRole('drafts'), byRole('sent')];
    try {
      const answer = await server().call<SetResponse>('EmailSubmission/set', {
        update: { [submission.id]: { undoStatus: 'canceled' } },
        onSuccessUpdateEmail: {
          [submission.id]: {
            'keywords/$draft': true,
            ...(drafts ? { [`mailboxIds/${drafts.id}`]: true } : {}),
            ...(sent ? { [`mailboxIds/${sent.id}`]: null } : {}),
          },
        },
      });
      const error = answer.notUpdated?.[submission.id];
      if (error) throw new Failure('refused', error.type, error.description ?? '');
      go({ view: 'mailbox', mailbox: 'drafts' });
      await openDraft(submission.emailId);
    } catch (error) {
      toastFailure(error);
      await loaded.reload();
    }
  };
  return (
    <>
      <p class="muted">{t().scheduledHint}</p>
      <Waiting of={loaded}>
        {(all) =>
          all.length === 0 ? (
            <p class="panel">{t().nothingScheduled}</p>
          ) : (
            <ul class="things">
              {all.map((one) => (
                <li key={one.submission.id} class="thing">
                  <span class="thing-text">
                    <span>{one.email?.subject || t().noSubject}</span>
                    <span class="muted">
                      {mediumDate(new Date(one.submission.sendAt), region.value)} ·{' '}
                      {(one.email?.to ?? []).map(displayName).join(', ')}
                    </span>
                  </span>
                  <button type="button" class="button small" onClick={() => void cancel(one)}>
                    {t().cancelSending}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Waiting>
    </>
  );
}

async function load(): Promise<readonly Waits[]> {
  const { submissions, emails } = await server().request<{
    query: QueryResponse;
    submissions: GetResponse<EmailSubmission>;
    emails: GetResponse<EmailSummary>;
  }>([
    [
      'EmailSubmission/query',
      { filter: { undoStatus: 'pending' }, sort: [{ property: 'sentAt', isAscending: true }] },
      'query',
    ],
    [
      'EmailSubmission/get',
      { '#ids': { resultOf: 'query', name: 'EmailSubmission/query', path: '/ids' } },
      'submissions',
    ],
    [
      'Email/get',
      {
        '#ids': { resultOf: 'submissions', name: 'EmailSubmission/get', path: '/list/*/emailId' },
        properties: ['subject', 'to'],
      },
      'emails',
    ],
  ]);
  const byId = new Map(emails.list.map((one) => [one.id, one]));
  return submissions.list.map((submission) => ({ submission, email: byId.get(submission.emailId) }));
}
