import { drive } from '../../../shared/net/drive.ts';
import { type Listener, listen } from '../../../shared/net/listener.ts';
import { Networks } from '../../../shared/net/networks.ts';
import { ManageSieveEngine } from '../../../shared/protocol/managesieve/engine.ts';
import type { Ingress } from '../ingress.ts';
import { ManageSieveSession } from './session.ts';

/** RFC 5804 §1.1: a server waits at least 30 minutes. */
const IDLE_MS = 1_800_000;
const TOO_MANY = Buffer.from('BYE (TRYLATER) "too many connections"\r\n');

/** ManageSieve (RFC 5804): people put up, and choose, the scripts that file their mail. */
export function listenForManageSieve(ingress: Ingress): Promise<Listener> {
  const { config, ports } = ingress;
  return listen(
    {
      host: config.listenHost,
      port: config.ports.manageSieve,
      maxConnections: config.maxConnections,
      proxies: new Networks(config.proxyProtocol),
      refusal: TOO_MANY,
    },
    (connection) => {
      const logIns = ports.logIns.of('managesieve', connection);
      const engine = new ManageSieveEngine();
      drive(connection, engine, (drive) => new ManageSieveSession(ingress, engine, drive, logIns), {
        idleTimeoutMs: IDLE_MS,
        failed: (error) => ports.log.error({ err: error }, 'closing a ManageSieve session failed'),
      });
    },
  );
}
