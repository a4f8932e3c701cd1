import { compileSieve } from '../../../shared/sieve/compile.ts';
import { compileRegex } from './regex.ts';

/** What is wrong with a script, for its author; undefined: nothing. */
export function scriptProblem(content: string): string | undefined {
  const compiled = compileSieve(content, compileRegex);
  return 'error' in compiled ? `line ${compiled.error.line}: ${compiled.error.text}` : undefined;
}

const MAX_NAME_BYTES = 512;

/** RFC 5804 §1.6: what a script's name must not be. */
export function scriptNameProblem(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return 'the name is too long';
  if (!name.isWellFormed()) return 'the name has half a character';
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(name) ? 'the name has a control character' : undefined;
}
