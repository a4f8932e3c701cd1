import type { Child } from './child.ts';

/** A server that we started, on 127.0.0.1. A restart keeps its URL and its data. */
export interface Server extends Child {
  readonly kind: 'postgres' | 'nats' | 'redis';
  readonly port: number;
  readonly url: string;
}
