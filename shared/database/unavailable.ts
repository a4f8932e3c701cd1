/** SQLSTATE classes and driver messages that mean 'not now': the same statement may succeed later. */
const TEMPORARY_SQLSTATE = /^(08|53|57P0|25P03|40)/;
const TEMPORARY_CODE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const TEMPORARY_TEXT =
  /connection terminated|timeout exceeded|connection error|client has encountered|query read timeout|pool after calling end|not queryable/i;

/** True when the error says that the server could not be reached or gave up, rather than that the statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return TEMPORARY_CODE.has(code) || TEMPORARY_SQLSTATE.test(code) || TEMPORARY_TEXT.test(error.message);
}
