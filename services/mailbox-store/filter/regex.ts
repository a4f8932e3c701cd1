import { RE2JS } from 're2js';
import type { CompileRegex } from '../../../shared/sieve/scope.ts';

/** Sieve's regular expressions by RE2: in time linear in the text, whatever the pattern. Throws on a bad pattern. */
export const compileRegex: CompileRegex = (pattern, ignoreCase) => {
  const compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return (text) => {
    const matcher = compiled.matcher(text);
    if (!matcher.find()) return null;
    return Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? '');
  };
};
