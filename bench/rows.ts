export interface Row {
  readonly name: string;
  readonly measure: 'accept' | 'end to end';
  readonly connections: number;
  readonly accounts: number;
  readonly messages: number;
}

/** 4 KiB, the size of ordinary mail without attachments. */
export const MESSAGE_BYTES = 4096;

export function rows(quick: boolean): readonly Row[] {
  const messages = quick ? 300 : 2000;
  const accept = (connections: number): Row => ({
    name: `accept, ${connections} connection${connections > 1 ? 's' : ''}`,
    measure: 'accept',
    connections,
    accounts: 100,
    messages,
  });
  const through = (accounts: number): Row => ({
    name: `end to end, ${accounts} account${accounts > 1 ? 's' : ''}, 10 connections`,
    measure: 'end to end',
    connections: 10,
    accounts,
    messages,
  });
  return [accept(1), accept(10), accept(50), through(100), through(1)];
}
