import { after, before, describe, test } from 'node:test';
import { setQuota } from '../../../shared/account/set-quota.ts';
import { openWorld, PASSWORD as password, type World } from '../../services/imap-gateway/world.ts';
import { runTranscript, transcriptsIn } from '../run.ts';

describe('IMAP transcripts', () => {
  let world: World;
  before(async () => {
    world = await openWorld({}, 'postgres');
  });
  after(() => world?.stop());

  for (const { name: transcript, path } of transcriptsIn('imap')) {
    test(transcript, async () => {
      const name = await world.account('Subject: one\r\n\r\nfirst\r\n', 'Subject: two\r\n\r\nsecond\r\n');
      const quota = { quotaBytes: 10 * 1024 * 1024, quotaMessages: 1000 };
      await setQuota(world.ports.database, name, quota);
      const plain = Buffer.from(`\0${name}\0${password}`).toString('base64');
      const nameLength = String(name.length);
      const passwordLength = String(password.length);
      const url = `imap://${encodeURIComponent(name)}@mail.example.test/Drafts/;UID=1/;section=2/;partial=1.2`;
      const urlLength = String(url.length);
      await runTranscript(path, {
        addresses: world.gateways[0].addresses,
        listener: 'imap',
        variables: { name, password, nameLength, passwordLength, plain, url, urlLength },
      });
    });
  }
});
