import { after, before, describe, test } from 'node:test';
import { type Maildrops, openMaildrops, PASSWORD } from '../../services/pop3-gateway/maildrops.ts';
import { runTranscript, transcriptsIn } from '../run.ts';

const FIRST = 'Subject: one\r\n\r\nhello\r\n.dot\r\n';
const SECOND = 'Subject: two\r\n\r\n1\r\n2\r\n3\r\n4\r\n';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Each transcript has an account of its own with these two messages. */
describe('POP3 transcripts', () => {
  let maildrops: Maildrops;

  before(async () => {
    maildrops = await openMaildrops();
  });
  after(() => maildrops?.stop());

  for (const { name: title, path } of transcriptsIn('pop3')) {
    test(title, async () => {
      const name = await maildrops.account(FIRST, SECOND);
      const variables = {
        name,
        password: PASSWORD,
        plain: base64(`\0${name}\0${PASSWORD}`),
        wrong: base64(`\0${name}\0guess`),
      };
      await runTranscript(path, { addresses: maildrops.gateway.addresses, listener: 'pop3', variables });
    });
  }
});
