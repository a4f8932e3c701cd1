import type { Command } from '../commands.ts';
import { REFUSALS } from '../refusals.ts';

/** The texts of replies exist in English alone; `i-default` (RFC 2277 §4.5) is that too. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ['en', 'English'],
  ['i-default', 'English, the default'],
]);

/** LANG [range] (RFC 6856 §3). */
export const lang: Command<'lang'> = (session, { language }) => {
  const { engine } = session;
  if (language !== null) {
    const chosen = lookUp(language);
    if (chosen === undefined) return session.refuse(REFUSALS.language);
    return engine.ok(`${chosen} is the language now`);
  }
  engine.begin('languages follow');
  for (const [tag, name] of LANGUAGES) engine.line(`${tag} ${name}`);
  engine.end();
};

/** The nearest tag (RFC 4647 §3.4): `en-GB` is served by `en`. */
function lookUp(range: string): string | undefined {
  if (range === '*') return 'i-default';
  for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-'))))
    if (LANGUAGES.has(tag)) return tag;
  return undefined;
}
