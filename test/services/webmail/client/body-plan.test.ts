import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BodyPart, BodyValue } from '../../../../services/webmail/client/src/jmap/types.ts';
import { bodyPlan } from '../../../../services/webmail/client/src/model/body-plan.ts';

let next = 0;
const values: Record<string, BodyValue> = {};

function part(type: string, more: Partial<BodyPart> & { text?: string } = {}): BodyPart {
  const partId = String(++next);
  if (type.startsWith('text/'))
    values[partId] = { value: more.text ?? '', isEncodingProblem: false, isTruncated: false };
  const base = {
    partId,
    blobId: `b${partId}`,
    size: 1,
    name: null,
    charset: null,
    disposition: null,
    cid: null,
  };
  return { ...base, type, ...more };
}
const multi = (type: string, ...subParts: BodyPart[]): BodyPart => ({
  ...part(`multipart/${type}`, { subParts }),
  partId: null,
  blobId: null,
});
const shown = (structure: BodyPart) => {
  const { blocks, attachments } = bodyPlan(structure, values);
  return [blocks.map(({ kind, part: { type } }) => `${kind} ${type}`), attachments.map(({ type }) => type)];
};

describe('what of a message is shown (RFC 2046)', () => {
  test('alternative: the last that can be shown; an invitation beside it is an attachment', () => {
    assert.deepEqual(
      shown(multi('alternative', part('text/plain'), part('text/html'), part('text/calendar'))),
      [['html text/html'], ['text/calendar']],
    );
    assert.deepEqual(shown(multi('alternative', part('text/plain'), part('application/x-unknown'))), [
      ['text text/plain'],
      ['application/x-unknown'],
    ]);
  });

  test('mixed: in its order, pictures and sound between the text', () => {
    const structure = multi(
      'mixed',
      part('text/plain'),
      part('image/png'),
      part('text/plain'),
      part('audio/ogg'),
      part('application/pdf', { disposition: 'attachment' }),
    );
    assert.deepEqual(shown(structure), [
      ['text text/plain', 'image image/png', 'text text/plain', 'audio audio/ogg'],
      ['application/pdf'],
    ]);
  });

  test('parallel and unknown kinds of multipart as mixed', () => {
    for (const type of ['parallel', 'signed', 'x-unknown'])
      assert.deepEqual(shown(multi(type, part('text/plain'), part('video/mp4')))[0], [
        'text text/plain',
        'video video/mp4',
      ]);
  });

  test('related: what the root names by cid: is shown there, the rest is not lost', () => {
    const structure = multi(
      'related',
      part('text/html', { text: '<img src="cid:one@x">' }),
      part('image/png', { cid: 'one@x' }),
      part('image/gif', { cid: 'two@x', disposition: 'attachment' }),
    );
    assert.deepEqual(shown(structure), [['html text/html'], ['image/gif']]);
    assert.deepEqual([...bodyPlan(structure, values).related.keys()], ['one@x', 'two@x']);
  });

  test('digest: each message closed, in its order', () => {
    const { blocks } = bodyPlan(multi('digest', part('message/rfc822'), part('message/rfc822')), values);
    assert.deepEqual(
      blocks.map((block) => block.kind === 'message' && block.digest),
      [true, true],
    );
  });

  test('partial and external-body', () => {
    const external = part('message/external-body', {
      'header:Content-Type:asRaw': ' message/external-body; access-type=URL; URL="https://example.org/"',
    });
    const partial = part('message/partial', {
      'header:Content-Type:asRaw': ' message/partial; id=x; number=1; total=2',
    });
    assert.deepEqual(shown(multi('mixed', external, partial))[0], [
      'external message/external-body',
      'partial message/partial',
    ]);
  });

  test('text with a name is an attachment, unless it is all there is', () => {
    assert.deepEqual(shown(multi('mixed', part('text/plain'), part('text/plain', { name: 'a.txt' }))), [
      ['text text/plain'],
      ['text/plain'],
    ]);
    assert.deepEqual(shown(part('text/plain', { name: 'a.txt' }))[0], ['text text/plain']);
  });

  test('a structure of a thousand levels ends', () => {
    let structure = part('text/plain');
    for (let level = 0; level < 1000; level++) structure = multi('mixed', structure);
    assert.deepEqual(shown(structure), [[], []]);
  });
});
