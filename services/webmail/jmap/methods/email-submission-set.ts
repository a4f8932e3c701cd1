import { z } from 'zod';
import { makeEmailId } from '../../../../shared/mailbox/email-id.ts';
import { withdraw } from '../../../../shared/spool/withdraw.ts';
import { readArguments } from '../arguments.ts';
import { type Call, type JsonObject, type Method, SetError } from '../method.ts';
import { putObjects } from '../put-objects.ts';
import {
  asSetError,
  boundSet,
  invalidProperties,
  madeId,
  newOutcome,
  resolveId,
  setArguments,
  setResponse,
} from '../set.ts';
import { identities } from '../submission/identities.ts';
import {
  deliveryStatuses,
  type Submission,
  submissionObject,
  submissionsOf,
  undoStatus,
} from '../submission/submissions.ts';
import { submit } from '../submission/submit.ts';

const schema = z.strictObject({
  ...setArguments,
  onSuccessUpdateEmail: z.record(z.string().max(255), z.record(z.string(), z.unknown())).nullish(),
  onSuccessDestroyEmail: z.array(z.string().max(255)).nullish(),
});

/** RFC 8621 §7.5. */
export const emailSubmissionSet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  boundSet(given);
  const { webmail, accountId } = call;
  const { database } = webmail.ports;
  // What is sent is sent: whether the state is right is asked before.
  await putObjects(call, 'EmailSubmission', new Map(), given.ifInState);
  const outcome = newOutcome();
  const puts = new Map<string, Submission | null>();
  const succeeded = new Map<string, Submission>();
  const senders = Object.keys(given.create ?? {}).length > 0 ? await identities(call) : new Map();
  for (const [creationId, object] of Object.entries(given.create ?? {})) {
    try {
      const submission = await submit(call, object, senders);
      const id = makeEmailId(database.now());
      puts.set(id, submission);
      succeeded.set(`#${creationId}`, submission);
      madeId(call, creationId, id);
      const status = (await deliveryStatuses(webmail, [submission])).get(submission.spoolId) ?? null;
      const whole = submissionObject(id, submission, database.now(), status);
      outcome.created[creationId] = Object.fromEntries(
        Object.entries(whole).filter(([name]) => name === 'id' || !Object.hasOwn(object, name)),
      );
    } catch (error) {
      outcome.notCreated[creationId] = asSetError(error);
    }
  }
  const all = await submissionsOf(webmail, accountId);
  for (const [key, patch] of Object.entries(given.update ?? {})) {
    try {
      const id = resolveId(call, key);
      const submission = all.get(id);
      if (submission === undefined) throw new SetError('notFound');
      puts.set(id, await takeBack(call, submission, patch));
      succeeded.set(id, submission);
      outcome.updated[key] = null;
    } catch (error) {
      outcome.notUpdated[key] = asSetError(error);
    }
  }
  for (const key of given.destroy ?? []) {
    const id = resolveId(call, key);
    const submission = all.get(id);
    if (submission === undefined) outcome.notDestroyed[key] = new SetError('notFound');
    else {
      puts.set(id, null);
      succeeded.set(id, submission);
      outcome.destroyed.push(key);
    }
  }
  const states = await putObjects(call, 'EmailSubmission', puts, undefined);
  followUp(call, given, succeeded);
  return setResponse(accountId, states, outcome);
};

/** `undoStatus` to `canceled` is all that can change. */
async function takeBack(call: Call, submission: Submission, patch: JsonObject): Promise<Submission> {
  const { database } = call.webmail.ports;
  const others = Object.keys(patch).filter((name) => name !== 'undoStatus');
  if (others.length > 0) throw invalidProperties(others, 'it cannot be changed');
  const status = undoStatus(submission, database.now());
  if (patch.undoStatus === status) return submission;
  if (patch.undoStatus !== 'canceled') throw invalidProperties(['undoStatus']);
  const held = {
    emailId: submission.spoolId,
    accounts: submission.targets.flatMap(({ account }) => account ?? []),
    destinations: submission.targets.flatMap(({ destination }) => destination ?? []),
    entries: submission.entries,
  };
  if (status !== 'pending' || !(await withdraw(database, held)))
    throw new SetError('cannotUnsend', 'it has gone out');
  return { ...submission, canceled: true };
}

/** What becomes of the emails of submissions that went well: an implicit Email/set. */
function followUp(
  call: Call,
  { onSuccessUpdateEmail, onSuccessDestroyEmail }: z.infer<typeof schema>,
  succeeded: ReadonlyMap<string, Submission>,
): void {
  const submissionOf = (key: string): Submission | undefined => {
    const found = succeeded.get(key);
    if (found !== undefined) return found;
    return succeeded.get(resolveId(call, key));
  };
  const update: JsonObject = {};
  for (const [key, patch] of Object.entries(onSuccessUpdateEmail ?? {})) {
    const submission = submissionOf(key);
    if (submission !== undefined) update[submission.emailId] = patch;
  }
  const destroy = (onSuccessDestroyEmail ?? []).flatMap((key) => submissionOf(key)?.emailId ?? []);
  if (Object.keys(update).length === 0 && destroy.length === 0) return;
  call.also('Email/set', { accountId: call.accountId, update, destroy });
}
