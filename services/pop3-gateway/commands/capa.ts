import type { Command } from '../commands.ts';
import { passwordAllowed } from '../password-allowed.ts';

const ALWAYS = [
  'TOP',
  'UIDL',
  'RESP-CODES',
  'AUTH-RESP-CODE',
  'PIPELINING',
  'UTF8 USER',
  'LANG',
  'EXPIRE NEVER',
  'LOGIN-DELAY 0',
  'IMPLEMENTATION Cartero',
];

/** CAPA (RFC 2449 §5). What is of use in AUTHORIZATION alone, and only as far as it would work now, is told there. */
export const capa: Command<'capa'> = ({ engine, drive, gateway, logIns, inTransaction }) => {
  engine.begin('capabilities follow');
  for (const capability of ALWAYS) engine.line(capability);
  if (passwordAllowed(drive.connection, gateway.config.plaintextAuth)) {
    engine.line('USER');
    engine.line(`SASL ${logIns.offer().names.join(' ')}`);
  }
  if (!inTransaction && drive.connection.secure === null) engine.line('STLS');
  engine.end();
};
