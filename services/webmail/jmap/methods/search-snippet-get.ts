import { z } from 'zod';
import { isEmailId } from '../../../../shared/mailbox/email-id.ts';
import { boundIds, readArguments } from '../arguments.ts';
import { emailSource } from '../email/email-source.ts';
import { text } from '../email/header-forms.ts';
import { type Method, MethodError } from '../method.ts';
import type { EmailFilter } from '../query/email-filter.ts';
import { isOperator, readEmailFilter, searchWords } from '../query/email-filter.ts';
import { readableText } from '../query/readable-text.ts';
import { mark, snippet } from '../query/snippet.ts';

const schema = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  emailIds: z.array(z.string().max(255)),
});

const MAX_EMAILS = 100;

/** RFC 8621 §5.1. */
export const searchSnippetGet: Method = async (call, args) => {
  const given = readArguments(schema, args);
  const ids = boundIds(given.emailIds);
  if (ids.length > MAX_EMAILS) throw new MethodError('requestTooLarge', `at most ${MAX_EMAILS} emails`);
  const words = wordsOf(readEmailFilter(given.filter));
  const { webmail, accountId } = call;
  const { storage } = webmail.ports;
  const owned = await webmail.emails.emails(
    accountId,
    ids.filter((id) => isEmailId(id)),
  );
  const structures = await storage.structures([...owned.keys()]);
  const list: object[] = [];
  for (const emailId of ids) {
    const structure = structures.get(emailId)?.structure;
    if (structure === undefined) continue;
    const subject = structure.envelope.subject === null ? '' : text(structure.envelope.subject);
    const body =
      words.body.length === 0
        ? ''
        : await readableText(emailSource(storage, { emailId, slices: [] }, structure));
    list.push({
      emailId,
      subject: mark(subject, words.subject),
      preview: snippet(body, words.body),
    });
  }
  const notFound = ids.filter((id) => !structures.has(id));
  return { accountId, list, notFound: notFound.length === 0 ? null : notFound };
};

/** What to look for in the subject and in the body; what a NOT excludes is not shown. */
function wordsOf(filter: EmailFilter | undefined): { subject: string[]; body: string[] } {
  const words = { subject: [] as string[], body: [] as string[] };
  const walk = (one: EmailFilter): void => {
    if (isOperator(one)) {
      if (one.operator !== 'NOT') for (const each of one.conditions) walk(each);
      return;
    }
    words.subject.push(...searchWords(one.text ?? ''), ...searchWords(one.subject ?? ''));
    words.body.push(...searchWords(one.text ?? ''), ...searchWords(one.body ?? ''));
  };
  if (filter !== undefined) walk(filter);
  return words;
}
