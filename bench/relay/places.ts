/** Destinations of the bench: each a domain with an exchanger on a loopback address of its own. */
export const domainOf = (number: number): string => `d${number}.test`;
export const addressOf = (number: number): string =>
  `127.0.${1 + Math.floor(number / 200)}.${1 + (number % 200)}`;
export const MAX_DESTINATIONS = 200;

/** A mail server whose spool is filled while nothing leaves it, and then let go. */
export interface RelayPeer {
  readonly name: string;
  readonly smtpPort: number;
  readonly login?: { readonly address: string; readonly password: string };
  readonly parts: () => readonly { readonly name: string; readonly pid: number }[];
  /** Nothing leaves from now on, and everything from then on. */
  hold(): void;
  letGo(): void;
  stop(): Promise<void>;
}
