import type { Run } from './run.ts';
import type { Template } from './scope.ts';

/** Flags in lists and in strings with blanks between them; each once, in any letter case (RFC 5232 §2). */
export function flagsIn(texts: readonly string[]): string[] {
  const flags = new Map<string, string>();
  for (const flag of texts.flatMap((text) => text.split(' '))) {
    if (isFlag(flag)) flags.set(flag.toLowerCase(), flags.get(flag.toLowerCase()) ?? flag);
  }
  return [...flags.values()];
}

/** RFC 9051 §9: system flags begin with a backslash, keywords are atoms. What is neither is passed over. */
function isFlag(text: string): boolean {
  return /^\\?[\x21\x23\x24\x26\x27\x2b-\x5a\x5e-\x7a\x7c\x7e]{1,128}$/.test(text);
}

/** Of `:flags` when it was given, else the internal variable's. */
export function flagsOf(run: Run, given: readonly Template[] | undefined): readonly string[] {
  return given === undefined ? run.flags : flagsIn(given.map((text) => text(run)));
}
