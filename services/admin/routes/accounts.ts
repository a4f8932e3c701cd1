import { Hono } from 'hono';
import { z } from 'zod';
import { createAccount } from '../../../shared/account/create-account.ts';
import { deleteAccount } from '../../../shared/account/delete-account.ts';
import { importAccounts, MAX_IMPORTED_ACCOUNTS } from '../../../shared/account/import-accounts.ts';
import { listAccounts } from '../../../shared/account/list-accounts.ts';
import { isDirectoryRefusal } from '../../../shared/account/refusal.ts';
import { setEnabled } from '../../../shared/account/set-enabled.ts';
import { setPassword } from '../../../shared/account/set-password.ts';
import { setQuota } from '../../../shared/account/set-quota.ts';
import type { Ports } from '../../../shared/runtime/service.ts';
import { answer, pageQuery, readBody, readQuery } from '../answer.ts';
import { kickAll } from '../kick.ts';

const limit = z.int().min(0).nullable();
const newAccount = z.strictObject({
  address: z.string(),
  password: z.string(),
  quotaBytes: limit.optional(),
  quotaMessages: limit.optional(),
});
const newAccounts = z.strictObject({ accounts: z.array(newAccount).max(MAX_IMPORTED_ACCOUNTS) });
const newPassword = z.strictObject({ password: z.string() });
const newQuota = z.strictObject({ quotaBytes: limit, quotaMessages: limit });
const newEnabled = z.strictObject({ enabled: z.boolean() });
const listQuery = z.strictObject({ ...pageQuery, domain: z.string().optional() });

export function accountRoutes(ports: Ports): Hono {
  const { database } = ports;
  return new Hono()
    .get('/', async (context) => {
      const accounts = await listAccounts(database, readQuery(context, listQuery));
      return answer(context, { accounts });
    })
    .post('/', async (context) =>
      answer(context, await createAccount(database, await readBody(context, newAccount)), 201),
    )
    .post('/import', async (context) => {
      const { accounts } = await readBody(context, newAccounts);
      return answer(context, { outcomes: await importAccounts(database, accounts) });
    })
    .put('/:address/password', async (context) => {
      const { password } = await readBody(context, newPassword);
      return answer(context, await setPassword(database, context.req.param('address'), password));
    })
    .put('/:address/quota', async (context) => {
      const quota = await readBody(context, newQuota);
      return answer(context, await setQuota(database, context.req.param('address'), quota));
    })
    .put('/:address/enabled', async (context) => {
      const { enabled } = await readBody(context, newEnabled);
      const outcome = await setEnabled(database, context.req.param('address'), enabled);
      if (!enabled && !isDirectoryRefusal(outcome)) await kickAll(ports, outcome.accountId);
      return answer(context, outcome);
    })
    .delete('/:address', async (context) => {
      const outcome = await deleteAccount(database, context.req.param('address'));
      if (!isDirectoryRefusal(outcome)) await kickAll(ports, outcome.accountId);
      return answer(context, outcome);
    });
}
