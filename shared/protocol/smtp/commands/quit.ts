import { replies } from '../server-replies.ts';
import { bare } from './command.ts';

export const quit = bare((server) => server.close(replies.bye));
