/** What an operation on the directory refuses, as a value; `text` may be shown to whoever asked. */
export type DirectoryRefusalReason =
  | 'bad-domain'
  | 'bad-address'
  | 'bad-password'
  | 'bad-quota'
  | 'bad-name'
  | 'bad-expiry'
  | 'not-local'
  | 'exists'
  | 'not-found'
  | 'not-empty'
  | 'not-ready'
  | 'limit';

export interface DirectoryRefusal {
  readonly refused: DirectoryRefusalReason;
  readonly text: string;
}

export function refusal(refused: DirectoryRefusalReason, text: string): DirectoryRefusal {
  return { refused, text };
}

export function isDirectoryRefusal(outcome: object): outcome is DirectoryRefusal {
  return 'refused' in outcome;
}
