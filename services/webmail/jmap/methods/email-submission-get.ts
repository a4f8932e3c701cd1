import { z } from 'zod';
import { boundIds, getArguments, pickProperties, readArguments } from '../arguments.ts';
import type { Method } from '../method.ts';
import {
  deliveryStatuses,
  SUBMISSION_PROPERTIES,
  submissionObject,
  submissionsOf,
} from '../submission/submissions.ts';

const schema = z.strictObject(getArguments);

/** RFC 8621 §7.1. */
export const emailSubmissionGet: Method = async (call, args) => {
  const { ids: given, properties } = readArguments(schema, args);
  const { webmail, accountId } = call;
  const { modSeq } = await webmail.emails.state(accountId);
  const all = await submissionsOf(webmail, accountId);
  const ids = given == null ? [...all.keys()].slice(-MAX_LISTED) : boundIds(given);
  const found = ids.flatMap((id) => {
    const submission = all.get(id);
    return submission === undefined ? [] : [{ id, submission }];
  });
  const wanted = properties == null || properties.includes('deliveryStatus');
  const statuses = wanted
    ? await deliveryStatuses(
        webmail,
        found.map(({ submission }) => submission),
      )
    : undefined;
  const now = webmail.ports.database.now();
  const list = found.map(({ id, submission }) =>
    submissionObject(id, submission, now, statuses?.get(submission.spoolId) ?? null),
  );
  return {
    accountId,
    state: String(modSeq),
    list: pickProperties(list, properties, SUBMISSION_PROPERTIES),
    notFound: ids.filter((id) => !all.has(id)),
  };
};

const MAX_LISTED = 1_000;
