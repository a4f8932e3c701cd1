import type { Part } from '../processes.ts';
import type { Target } from './rows.ts';

export interface ImapPeer {
  readonly target: Target;
  parts(): readonly Part[];
  /** Resolves once what it does behind its clients' backs is done for so many messages. */
  settled(messages: number): Promise<void>;
  stop(): Promise<void>;
}
