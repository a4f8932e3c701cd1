import { replies } from '../server-replies.ts';
import { bare } from './command.ts';

export const rset = bare((server) => {
  server.say(replies.ok);
  return server.reset();
});
