import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSrs, makeSrs, readSrs } from '../../../shared/account/srs.ts';

const KEY = Buffer.alloc(32, 1);
const OTHER_KEY = Buffer.alloc(32, 2);
const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 25);

const made = (address: string, now = NOW): string | undefined => {
  const at = address.lastIndexOf('@');
  return makeSrs({ local: address.slice(0, at), domain: address.slice(at + 1) }, 'ours.example', KEY, now);
};
const localOf = (path: string): string => path.slice(0, path.lastIndexOf('@'));
const back = (path: string, now = NOW, key = KEY): string | undefined => readSrs(localOf(path), key, now);

describe('SRS', () => {
  test('SRS0: an address leaves as one of ours, and comes back as itself', () => {
    for (const address of [
      'a@one.example',
      'a+b@one.example',
      "o'x=y@one.example",
      'jürgen@bücher.example',
    ]) {
      const path = made(address)!;
      assert.match(path, /^SRS0=[A-Z2-7]{8}=[A-Z2-7]{2}=[^=@]+=.+@ours\.example$/u);
      assert.equal(back(path), address);
    }
  });

  // What another forwarder made, with each separator that there is.
  for (const separator of ['=', '+', '-']) {
    const theirs = `SRS0${separator}HHHH=TT=one.example=a@two.example`;
    test(`SRS1: ${theirs} is not wrapped once more, and goes back to the one who made it`, () => {
      const path = made(theirs)!;
      assert.match(path, /^SRS1=[A-Z2-7]{8}=two\.example=/);
      assert.equal(localOf(path).slice(localOf(path).indexOf('=two.example=') + 13), theirs.slice(4, -12));
      assert.equal(back(path), theirs);
      assert.ok(isSrs(localOf(path)));
      // Theirs says when it ends.
      assert.equal(back(path, NOW + 400 * DAY_MS), theirs);
    });
  }

  test('SRS1: one that a third forwarder made keeps whom it leads to, and leads through us', () => {
    const theirs = 'SRS1=ABCDEFGH=two.example==HHHH=TT=one.example=a@three.example';
    const path = made(theirs)!;
    assert.match(path, /^SRS1=[A-Z2-7]{8}=two\.example==HHHH=TT=one\.example=a@ours\.example$/);
    // Straight to the first forwarder: the third has no part in it.
    assert.equal(back(path), 'SRS0=HHHH=TT=one.example=a@two.example');
  });

  test('letter case may be lost on the way', () => {
    for (const address of ['a@one.example', 'srs0=hhhh=tt=one.example=a@two.example'])
      assert.equal(back(made(address)!.toLowerCase())?.toLowerCase(), address);
  });

  test('what was not made with our key, or was changed, is not ours', () => {
    for (const address of ['a@one.example', 'SRS0=HHHH=TT=one.example=a@two.example']) {
      const path = made(address)!;
      assert.equal(back(path, NOW, OTHER_KEY), undefined);
      for (const changed of [
        path.replace('one.example', 'evil.example'),
        path.replace(/^(SRS[01]=)./, (_, start) => `${start}${path[5] === 'A' ? 'B' : 'A'}`),
        path.replace('=a@', '=b@'),
        path.replace('two.example', 'six.example'),
      ])
        if (changed !== path) assert.equal(back(changed), undefined, changed);
    }
    for (const local of ['SRS0=', 'SRS0=AAAAAAAA', 'SRS1=AAAAAAAA==', 'SRS1=AAAAAAAA=two.example=rest', 'a'])
      assert.equal(readSrs(local, KEY, NOW), undefined, local);
  });

  test('SRS0 is good for three weeks', () => {
    const path = made('a@one.example')!;
    assert.equal(back(path, NOW + 21 * DAY_MS), 'a@one.example');
    assert.equal(back(path, NOW + 22 * DAY_MS), undefined);
    assert.equal(back(path, NOW - DAY_MS), undefined);
    // The day is counted modulo 1,024.
    const edge = Math.ceil(NOW / DAY_MS / 1_024) * 1_024 * DAY_MS - DAY_MS;
    assert.equal(back(made('a@one.example', edge)!, edge + 5 * DAY_MS), 'a@one.example');
  });

  test('what makes no path is not made', () => {
    assert.equal(made('"quoted here"@one.example'), undefined);
    assert.equal(made(`${'x'.repeat(230)}@one.example`), undefined);
  });
});
