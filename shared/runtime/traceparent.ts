/** W3C Trace Context, `traceparent` header: `00-<trace id>-<span id>-<flags>`. */

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Undefined for anything that is not a valid version 00 traceparent. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const match = text === undefined ? null : TRACEPARENT.exec(text);
  if (!match || /^0+$/.test(match[1]!) || /^0+$/.test(match[2]!)) return undefined;
  return { traceId: match[1]!, spanId: match[2]!, sampled: (Number.parseInt(match[3]!, 16) & 1) === 1 };
}

export const formatTraceparent = (context: TraceContext): string =>
  `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;

const hex8 = (): string => ((Math.random() * 0xffff_ffff) >>> 0).toString(16).padStart(8, '0');

/** A fresh, unsampled trace. The ids only have to differ, so the cheap source of randomness will do. */
export const newTraceparent = (): string =>
  `00-${hex8()}${hex8()}${hex8()}${hex8().replace(/0$/, '1')}-${hex8()}${hex8().replace(/0$/, '1')}-00`;
