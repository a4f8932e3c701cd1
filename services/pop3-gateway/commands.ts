import type { Pop3Event } from '../../shared/protocol/pop3/engine.ts';
import { auth, mechanisms, response } from './commands/auth.ts';
import { capa } from './commands/capa.ts';
import { dele } from './commands/dele.ts';
import { lang } from './commands/lang.ts';
import { list } from './commands/list.ts';
import { noop } from './commands/noop.ts';
import { pass } from './commands/pass.ts';
import { quit } from './commands/quit.ts';
import { retr } from './commands/retr.ts';
import { rset } from './commands/rset.ts';
import { stat } from './commands/stat.ts';
import { stls } from './commands/stls.ts';
import { top } from './commands/top.ts';
import { uidl } from './commands/uidl.ts';
import { user } from './commands/user.ts';
import { utf8 } from './commands/utf8.ts';
import type { Pop3Session } from './session.ts';

/** What a command does: it gives exactly one reply, or throws before it gave any. */
export type Command<Type extends Pop3Event['type']> = (
  session: Pop3Session,
  event: Extract<Pop3Event, { type: Type }>,
) => void | Promise<void>;

const COMMANDS: { readonly [Type in Pop3Event['type']]: Command<Type> } = {
  user,
  pass,
  auth,
  mechanisms,
  response,
  stls,
  capa,
  utf8,
  lang,
  stat,
  list,
  uidl,
  retr,
  dele,
  top,
  noop,
  rset,
  quit,
};

export function commandOf(
  event: Pop3Event,
): (session: Pop3Session, event: Pop3Event) => void | Promise<void> {
  return COMMANDS[event.type] as (session: Pop3Session, event: Pop3Event) => void | Promise<void>;
}
