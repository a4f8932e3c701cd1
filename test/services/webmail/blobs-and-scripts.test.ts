import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CAPABILITIES, type JmapClient, type Loose } from './jmap-client.ts';
import { openWorld, type World } from './world.ts';

describe('blobs and filters by JMAP', () => {
  let world: World;
  let client: JmapClient;
  let other: JmapClient;
  before(async () => {
    world = await openWorld();
    client = await world.jmap(await world.account());
    other = await world.jmap(await world.account());
    for (const one of [client, other])
      one.using = [...CAPABILITIES, 'urn:ietf:params:jmap:blob', 'urn:ietf:params:jmap:sieve'];
  });
  after(() => world.stop());

  test('Blob/upload joins pieces, Blob/get gives them, with digests (RFC 9404)', async () => {
    const [first, second] = await client.request(
      [
        'Blob/upload',
        {
          create: {
            b4: {
              data: [{ 'data:asText': 'The quick brown fox jumped over the lazy dog.' }],
              type: 'text/plain',
            },
            bad: { data: [{ blobId: 'f'.repeat(32) }] },
          },
        },
        'S4',
      ],
      [
        'Blob/upload',
        {
          create: {
            cat: {
              data: [
                { 'data:asText': 'How' },
                { blobId: '#b4', offset: 3, length: 6 },
                { 'data:asBase64': 'IQ==' },
              ],
            },
          },
        },
        'CAT',
      ],
    );
    assert.equal(first![1].created.b4.size, 45);
    assert.equal(first![1].notCreated.bad.type, 'blobNotFound');
    const { id } = second![1].created.cat;
    const got = (await client.call('Blob/get', {
      ids: [id, 'none'],
      properties: ['data:asText', 'digest:sha', 'digest:sha-256', 'size'],
    })) as Loose;
    const digest = (name: string): string => createHash(name).update('How quick!').digest('base64');
    assert.deepEqual(got.list, [
      {
        id,
        'data:asText': 'How quick!',
        'digest:sha': digest('sha1'),
        'digest:sha-256': digest('sha256'),
        size: 10,
      },
    ]);
    assert.deepEqual(got.notFound, ['none']);
    const part = await client.call('Blob/get', { ids: [id], offset: 4, length: 100, properties: ['data'] });
    assert.deepEqual(part.list, [{ id, isTruncated: true, 'data:asText': 'quick!' }]);
    const binary = await client.call('Blob/upload', {
      create: { x: { data: [{ 'data:asBase64': '/w==' }] } },
    });
    const raw = await client.call('Blob/get', { ids: [binary.created.x.id], properties: ['data'] });
    assert.deepEqual([raw.list[0]['data:asBase64'], raw.list[0].isEncodingProblem], ['/w==', true]);
    assert.deepEqual((await other.call('Blob/get', { ids: [id] })).notFound, [id]);
    const stolen = await other.call('Blob/upload', { create: { x: { data: [{ blobId: id }] } } });
    assert.equal(stolen.notCreated.x.type, 'blobNotFound');
  });

  test('Blob/lookup finds the emails of a blob, one’s own alone', async () => {
    const address = 'reader1@example.test';
    const emailId = await world.add(address, 'Subject: looked up\r\n\r\nbody');
    const { list } = await client.call('Blob/lookup', {
      typeNames: ['Mailbox', 'Thread', 'Email'],
      ids: [emailId],
    });
    assert.deepEqual([list[0].matchedIds.Email, list[0].matchedIds.Thread], [[emailId], [emailId]]);
    assert.equal(list[0].matchedIds.Mailbox.length, 1);
    assert.deepEqual((await other.call('Blob/lookup', { typeNames: ['Email'], ids: [emailId] })).notFound, [
      emailId,
    ]);
    assert.equal(await client.refused('Blob/lookup', { typeNames: ['Color'], ids: [] }), 'unknownDataType');
  });

  test('filters are checked, kept, renamed, activated and destroyed (RFC 9661)', async () => {
    const upload = async (content: string): Promise<string> =>
      (await client.call('Blob/upload', { create: { b: { data: [{ 'data:asText': content }] } } })).created.b
        .id;
    const good = await upload('require ["fileinto"]; fileinto "Archive";');
    const bad = await upload('this is no sieve');
    assert.equal((await client.call('SieveScript/validate', { blobId: good })).error, null);
    assert.equal((await client.call('SieveScript/validate', { blobId: bad })).error.type, 'invalidSieve');
    const made = await client.call('SieveScript/set', {
      create: { a: { name: 'one', blobId: good }, b: { name: null, blobId: good } },
      onSuccessActivateScript: '#a',
    });
    const { id } = made.created.a;
    assert.deepEqual(made.updated, { [id]: { isActive: true } });
    const refused = await client.call('SieveScript/set', {
      create: { x: { name: 'bad', blobId: bad }, y: { name: 'one', blobId: good } },
      destroy: [id],
      onSuccessDeactivateScript: true,
    });
    assert.deepEqual(
      [refused.notCreated.x.type, refused.notCreated.y.type, refused.notDestroyed[id].type],
      ['invalidSieve', 'alreadyExists', 'sieveIsActive'],
    );
    const next = await upload('keep;');
    await client.call('SieveScript/set', { update: { [id]: { name: 'renamed', blobId: next } } });
    const [script] = (await client.call('SieveScript/get', { ids: [id] })).list;
    assert.deepEqual([script.name, script.isActive], ['renamed', true]);
    const down = await client.get(`/jmap/download/${client.accountId}/${script.blobId}/x`);
    assert.equal(await down.text(), 'keep;');
    assert.equal((await other.get(`/jmap/download/${other.accountId}/${script.blobId}/x`)).status, 404);
    assert.deepEqual((await client.call('SieveScript/query', { filter: { isActive: true } })).ids, [id]);
    await client.call('SieveScript/set', { onSuccessDeactivateScript: true });
    assert.deepEqual((await client.call('SieveScript/set', { destroy: [id] })).destroyed, [id]);
    assert.deepEqual((await other.call('SieveScript/get')).list, []);
  });
});
