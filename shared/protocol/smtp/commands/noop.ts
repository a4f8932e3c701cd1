import { replies } from '../server-replies.ts';
import type { Command } from './command.ts';

/** RFC 5321 §4.1.1.9: whatever its argument. */
export const noop: Command = (server) => server.say(replies.ok);
