import { replies } from '../server-replies.ts';
import type { Command } from './command.ts';

/** TURN, SEND, SOML and SAML: known and not done (RFC 5321 appendix F; TURN has nothing that would tell who asks). */
export const historic: Command = (server) => server.wrong(replies.historic);
