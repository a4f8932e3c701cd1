import type { ManageSieveEvent } from '../../../shared/protocol/managesieve/command.ts';
import { authenticate, response } from './commands/authenticate.ts';
import { capability } from './commands/capability.ts';
import { checkScript } from './commands/checkscript.ts';
import { deleteScript } from './commands/deletescript.ts';
import { getScript } from './commands/getscript.ts';
import { haveSpace } from './commands/havespace.ts';
import { listScripts } from './commands/listscripts.ts';
import { logout } from './commands/logout.ts';
import { noop } from './commands/noop.ts';
import { putScript } from './commands/putscript.ts';
import { renameScript } from './commands/renamescript.ts';
import { setActive } from './commands/setactive.ts';
import { startTls } from './commands/starttls.ts';
import { unauthenticate } from './commands/unauthenticate.ts';
import type { ManageSieveSession } from './session.ts';

export type Command<Type extends ManageSieveEvent['type']> = (
  session: ManageSieveSession,
  command: Extract<ManageSieveEvent, { type: Type }>,
) => void | Promise<void>;

const COMMANDS: { readonly [Type in ManageSieveEvent['type']]: Command<Type> } = {
  authenticate,
  capability,
  checkscript: checkScript,
  deletescript: deleteScript,
  getscript: getScript,
  havespace: haveSpace,
  listscripts: listScripts,
  logout,
  noop,
  putscript: putScript,
  renamescript: renameScript,
  response,
  setactive: setActive,
  starttls: startTls,
  unauthenticate,
};

export function commandOf(event: ManageSieveEvent): Command<ManageSieveEvent['type']> {
  return COMMANDS[event.type] as Command<ManageSieveEvent['type']>;
}
