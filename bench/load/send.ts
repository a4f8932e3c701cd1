import { type SentMessage, sha256 } from './message.ts';
import type { SmtpConnection } from './smtp-connection.ts';

export interface SendPlan {
  readonly connections: readonly SmtpConnection[];
  readonly messages: number;
  readonly reversePath: string;
  readonly forwardPaths: (number: number) => readonly string[];
  readonly make: (number: number, to: string) => SentMessage;
}

/** Sends all over all connections; milliseconds from the end of data to the 250 of each. */
export async function sendAll(plan: SendPlan): Promise<number[]> {
  const delays: number[] = [];
  let next = 0;
  await Promise.all(
    plan.connections.map(async (connection) => {
      while (next < plan.messages) {
        const number = next++;
        const forwardPaths = plan.forwardPaths(number);
        const { bytes } = plan.make(number, forwardPaths[0] ?? '');
        delays.push(await connection.send(plan.reversePath, forwardPaths, bytes));
      }
    }),
  );
  return delays;
}

/** What is to arrive: by Message-ID the SHA-256 of the message. Made again after the measurement, to cost nothing within. */
export function expectedOf(plan: Pick<SendPlan, 'messages' | 'forwardPaths' | 'make'>): Map<string, string> {
  const expected = new Map<string, string>();
  for (let number = 0; number < plan.messages; number++) {
    const { messageId, bytes } = plan.make(number, plan.forwardPaths(number)[0] ?? '');
    expected.set(messageId, sha256(bytes));
  }
  return expected;
}
