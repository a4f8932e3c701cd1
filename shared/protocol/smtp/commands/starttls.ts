import { replies } from '../server-replies.ts';
import { bare } from './command.ts';

/** RFC 3207 §4. */
export const starttls = bare((server) => {
  if (server.secure) return server.wrong(replies.tlsAlready);
  if (!server.options.startTls) return server.wrong(replies.tlsNotOffered);
  server.say(replies.readyForTls);
  return server.ask('start-tls', { type: 'start-tls' });
});
