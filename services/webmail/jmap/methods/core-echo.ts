import type { Method } from '../method.ts';

/** RFC 8620 §4. */
export const echo: Method = async (_call, args) => args;
