import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  externalBodyLink,
  parameters,
  partialInfo,
} from '../../../../services/webmail/client/src/model/content-type.ts';
import { joinPartial } from '../../../../services/webmail/client/src/model/partial.ts';

describe('parameters of a Content-Type', () => {
  test('quoted, folded, with semicolons within quotes', () => {
    assert.deepEqual(parameters(' message/partial; id="a;b\\"c";\r\n number=2; Total = 3'), {
      id: 'a;b"c',
      number: '2',
      total: '3',
    });
    assert.deepEqual(parameters('text/plain'), {});
    assert.deepEqual(parameters('text/plain; x'), {});
  });

  test('message/external-body: a link where there is one (RFC 2046 §5.2.3, RFC 2017)', () => {
    assert.equal(
      externalBodyLink(
        'message/external-body; access-type=anon-ftp; site=ftp.example; directory="pub/a b"; name=x.ps',
      ),
      'ftp://ftp.example/pub/a%20b/x.ps',
    );
    assert.equal(
      externalBodyLink('message/external-body; access-type=URL; URL="http://example.org/\r\n  very/long"'),
      'http://example.org/very/long',
    );
    assert.equal(
      externalBodyLink('message/external-body; access-type=URL; URL="javascript:alert(1)"'),
      undefined,
    );
    assert.equal(
      externalBodyLink('message/external-body; access-type=local-file; name="/etc/passwd"'),
      undefined,
    );
  });

  test('message/partial', () => {
    assert.deepEqual(partialInfo('message/partial; id=x; number=1'), {
      id: 'x',
      number: 1,
      total: undefined,
    });
    assert.equal(partialInfo('message/partial; id=x; number=0'), undefined);
  });
});

test('parts of a message/partial are joined as RFC 2046 §5.2.2.2 shows', () => {
  const bytes = (text: string) => new TextEncoder().encode(text.replaceAll('\n', '\r\n'));
  const first = bytes(`X-Weird-Header-1: Foo
From: Bill@host.example
To: joe@otherhost.example
Subject: Audio mail (part 1 of 2)
Message-ID: <id1@host.example>
MIME-Version: 1.0
Content-type: message/partial; id="ABC@host.example";
  number=1; total=2

X-Weird-Header-1: Bar
X-Weird-Header-2: Hello
Message-ID: <anotherid@foo.example>
Subject: Audio mail
MIME-Version: 1.0
Content-type: audio/basic
Content-transfer-encoding: base64

first half
`);
  const second = bytes(`From: Bill@host.example
Message-ID: <id2@host.example>
Content-type: message/partial; id="ABC@host.example"; number=2; total=2

second half
`);
  assert.equal(
    new TextDecoder().decode(joinPartial([first, second])).replaceAll('\r\n', '\n'),
    `X-Weird-Header-1: Foo
From: Bill@host.example
To: joe@otherhost.example
Message-ID: <anotherid@foo.example>
Subject: Audio mail
MIME-Version: 1.0
Content-type: audio/basic
Content-transfer-encoding: base64

first half
second half
`,
  );
});
