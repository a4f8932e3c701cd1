import { z } from 'zod';
import { parsePath } from '../../../../shared/protocol/smtp/path.ts';
import { readDate } from '../dates.ts';
import { invalidProperties } from '../set.ts';

/** RFC 8621 §7: parameters are those of SMTP, by name. */
const parameters = z.record(z.string().max(50), z.string().max(1_000).nullable()).nullish();
const address = z.strictObject({ email: z.string().max(1_000), parameters });
const schema = z.strictObject({ mailFrom: address, rcptTo: z.array(address).max(100_000) });

export interface SubmissionEnvelope {
  readonly mailFrom: {
    readonly email: string;
    readonly parameters?: Readonly<Record<string, string | null>> | null;
  };
  readonly rcptTo: readonly {
    readonly email: string;
    readonly parameters?: Readonly<Record<string, string | null>> | null;
  }[];
}

/** Throws `SetError`: invalidProperties. */
export function readEnvelope(value: unknown): SubmissionEnvelope | undefined {
  if (value === null || value === undefined) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw invalidProperties([`envelope/${result.error.issues[0]?.path.join('/')}`]);
  return result.data;
}

/** An address as SMTP takes it, without angle brackets. */
export function isForwardPath(email: string): boolean {
  const path = parsePath(`<${email}>`, 0);
  return path !== undefined && path.end === email.length + 2 && path.address !== '' && email.includes('@');
}

/**
 * Until when it is to be held (RFC 4865): HOLDFOR in seconds, HOLDUNTIL a date; undefined: not at all. Throws `SetError` for
 * more than `maxMs`, and for a parameter that is not known.
 */
export function heldUntil(
  { mailFrom, rcptTo }: SubmissionEnvelope,
  now: number,
  maxMs: number,
): number | undefined {
  if (rcptTo.some((one) => Object.keys(one.parameters ?? {}).length > 0))
    throw invalidProperties(['envelope/rcptTo'], 'no parameter is known of these');
  let until: number | undefined;
  for (const [name, value] of Object.entries(mailFrom.parameters ?? {})) {
    const wrong = () => invalidProperties([`envelope/mailFrom/parameters/${name}`]);
    switch (name.toUpperCase()) {
      case 'HOLDFOR':
        if (value === null || !/^\d{1,9}$/.test(value) || until !== undefined) throw wrong();
        until = now + Number(value) * 1_000;
        break;
      case 'HOLDUNTIL': {
        const date = value === null ? undefined : readDate(value);
        if (date === undefined || until !== undefined) throw wrong();
        until = date.unixMs;
        break;
      }
      case 'SIZE':
      case 'BODY':
      case 'SMTPUTF8':
        break;
      default:
        throw wrong();
    }
    if (until !== undefined && until > now + maxMs) throw wrong();
  }
  return until !== undefined && until > now ? until : undefined;
}
