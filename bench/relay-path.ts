/** The recipient of a relayed message: behind each peer's smarthost everything is foreign. */
export const relayPath = (number: number): string => `user${number % 100}@foreign.test`;
