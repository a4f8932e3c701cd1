import { z } from 'zod';
import { pathOf } from '../client.ts';
import type { Register } from '../session.ts';
import { printable } from '../table.ts';
import { zoneLine } from '../zone-line.ts';

const listed = z.object({
  records: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      data: z.string().nullable(),
      purpose: z.string(),
      state: z.enum(['present', 'missing', 'other', 'unknown']),
      found: z.array(z.string()),
    }),
  ),
  mtaStsPolicy: z.string().nullable(),
});
type Listed = z.infer<typeof listed>;

const WORDS = {
  present: 'the DNS has it',
  missing: 'MISSING',
  other: 'the DNS has ANOTHER',
  unknown: 'the DNS gives NO ANSWER',
};

export const domainDns: Register = (parent, run) => {
  parent
    .command('dns')
    .description('print what the DNS should have for a domain, as a zone file, and say what it has')
    .argument('<domain>', 'the domain')
    .action(
      run(async ({ client, show }, [domain]: [string]) => {
        const answer = await client.ask('GET', pathOf(['domains', domain, 'dns']), listed);
        show(answer, zoneFile(domain, answer));
      }),
    );
};

function zoneFile(domain: string, { records, mtaStsPolicy }: Listed): string {
  const lines = records.flatMap(({ name, type, data, purpose, state, found }) => [
    `; ${purpose}: ${WORDS[state]}`,
    ...(state === 'other' ? found.map((each) => `;   ${printable(each)}`) : []),
    data === null
      ? `; ${name}. IN A ${state === 'present' ? found.join(', ') : '(the public address of this server)'}`
      : zoneLine(name, type, data),
  ]);
  const policy =
    mtaStsPolicy === null
      ? []
      : [
          `; https://mta-sts.${domain}/.well-known/mta-sts.txt, which webmail serves, says:`,
          ...mtaStsPolicy
            .trimEnd()
            .split('\r\n')
            .map((line) => `;   ${line}`),
        ];
  return [...lines, ...policy].map((line) => `${line}\n`).join('');
}
