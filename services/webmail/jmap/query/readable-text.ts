import { bodyViews } from '../../../../shared/message/body-views.ts';
import { TextReader } from '../../../../shared/message/text.ts';
import { decodeRareCharset } from '../../../../shared/search/charset.ts';
import { HtmlText } from '../../../../shared/search/html-text.ts';
import type { EmailSource } from '../email/email-source.ts';

/** Of each text part so much is looked at. Bytes. */
const MAX_PART_BYTES = 262_144;
const MAX_PARTS = 5;

/** What a message says, as its reader sees it. */
export async function readableText(source: EmailSource): Promise<string> {
  const { textBody } = bodyViews(source.structure.body);
  const texts: string[] = [];
  for (const part of textBody.filter(({ type }) => type === 'text').slice(0, MAX_PARTS)) {
    const stop = Math.min(part.bodyEnd, part.bodyStart + MAX_PART_BYTES);
    const reader = new TextReader(part, decodeRareCharset);
    const written = reader.write(await source.read(part.bodyStart, stop)) + reader.end();
    if (part.subtype !== 'html') texts.push(written);
    else {
      const html = new HtmlText();
      texts.push(html.write(written) + html.end());
    }
  }
  return texts.join('\n');
}
