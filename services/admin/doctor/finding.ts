import type { Database } from '../../../shared/database/port.ts';

/** Something that must not be. */
export interface Finding {
  readonly check: string;
  /** Where, and what is there instead. */
  readonly what: string;
}

export interface Batch {
  readonly findings: readonly Finding[];
  /** Rows looked at. */
  readonly checked: number;
  /** Where the next batch begins; null: this was the last. */
  readonly next: string | null;
}

/** One bounded batch of one stage, each question a statement of its own, and so of one moment: it holds while mail comes and goes. */
export type Stage = (database: Database, after: string | null) => Promise<Batch>;

/** Findings of one question in one batch at most: what is broken everywhere need not be told a million times. */
export const MAX_FINDINGS = 100;

/** Rows with a `what` are findings. */
export async function ask(
  database: Database,
  check: string,
  sql: string,
  parameters: readonly unknown[],
): Promise<Finding[]> {
  const name = `doctor_${check.replaceAll(/\W+/g, '_')}`;
  const rows = await database.prepared<{ what: string }>(name, `${sql} limit ${MAX_FINDINGS}`, parameters);
  return rows.map(({ what }) => ({ check, what }));
}
