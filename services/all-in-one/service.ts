import { randomBytes } from 'node:crypto';
import type { Config } from '../../shared/runtime/config.ts';
import type { Running } from '../../shared/runtime/service.ts';
import { start as startAdmin } from '../admin/service.ts';
import { createDemoAccounts } from '../demo-accounts.ts';
import { start as startImapGateway } from '../imap-gateway/service.ts';
import { start as startMailboxStore } from '../mailbox-store/service.ts';
import { start as startPop3Gateway } from '../pop3-gateway/service.ts';
import { openPorts } from '../ports.ts';
import { exitWith, reasonOf, stopAll, stopOnSignal, surviveStrayErrors } from '../process.ts';
import { start as startRelayWorker } from '../relay-worker/service.ts';
import { start as startSmtpIngress } from '../smtp-ingress/service.ts';
import { start as startWebmail } from '../webmail/service.ts';
import { claimDataDir } from './data-dir.ts';
import { welcome } from './welcome.ts';

/** Every service in this process; what has no URL runs embedded. Ends at SIGTERM or SIGINT. */
export async function runAllInOne(config: Config): Promise<void> {
  let releaseDataDir = async (): Promise<void> => undefined;
  const services: Running[] = [];
  try {
    releaseDataDir = await claimDataDir(config.dataDir);
    const { ports, close } = await openPorts(config, 'all-in-one');
    surviveStrayErrors(ports.log);
    const password = config.demoPassword ?? randomBytes(9).toString('base64url');
    const made = await createDemoAccounts(ports.database, password);
    services.push(await startMailboxStore(ports, config));
    services.push(await startRelayWorker(ports, config));
    services.push(await startPop3Gateway(ports, config));
    services.push(await startImapGateway(ports, config));
    services.push(await startSmtpIngress(ports, config));
    services.push(await startWebmail(ports, config));
    const ready = (): readonly string[] => services.flatMap((service) => service.notReady());
    const admin = await startAdmin(ports, config, { ready });
    const addresses = Object.assign({}, admin.addresses, ...services.map((service) => service.addresses));
    // For scripts, which read a pipe.
    if (!process.stdout.isTTY) {
      process.stdout.write(
        `${JSON.stringify({ event: 'ready', service: 'all-in-one', pid: process.pid, addresses })}\n`,
      );
    }
    process.stdout.write(welcome(config, addresses, made ? password : undefined));
    stopOnSignal(ports.log, async () => {
      await stopAll([...services].reverse());
      await admin.stop(0);
      await close();
      await releaseDataDir();
    });
  } catch (error) {
    await releaseDataDir();
    exitWith(reasonOf(error));
  }
}
