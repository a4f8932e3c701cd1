import type { LoadTarget } from '../load/request.ts';
import type { Part } from '../processes.ts';

/** A mail server under test, running. */
export interface Peer {
  readonly name: string;
  readonly target: LoadTarget;
  /** What its CPU and memory are made of. */
  parts(): readonly Part[];
  stop(): Promise<void>;
}

export interface PeerOptions {
  /** All mail for other domains goes to this port of 127.0.0.1. */
  readonly sinkPort: number;
}

export const DOMAIN = 'bench.test';
export const NAMES: readonly string[] = Array.from({ length: 100 }, (_, index) => `user${index}`);
