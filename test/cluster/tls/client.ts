/** Opens inner servers by their URLs and uses them: `ok`, or why not, of each. A process of its own, as Node reads NODE_EXTRA_CA_CERTS at its start. */
import { createNatsBus } from '../../../shared/bus/nats.ts';
import { openPostgres } from '../../../shared/database/postgres.ts';
import { createRedisSessionStore } from '../../../shared/session/redis.ts';

const START_MS = 2_000;

const uses: Record<string, (url: string) => Promise<void>> = {
  async nats(url) {
    const bus = await createNatsBus({ url, name: 'test', startTimeoutMs: START_MS });
    await bus.close();
  },
  async redis(url) {
    const sessions = await createRedisSessionStore({ url });
    if (!sessions.connected || (await sessions.count('tls', 1_000)) !== 1) throw new Error('not connected');
    await sessions.close();
  },
  async postgres(url) {
    const database = await openPostgres({ url });
    await database.kysely.selectFrom('domain').select('name').execute();
    await database.close();
  },
};

async function opened(url: string): Promise<string> {
  const kind = url.startsWith('redis') ? 'redis' : url.startsWith('postgres') ? 'postgres' : 'nats';
  try {
    await uses[kind]!(url);
    return 'ok';
  } catch (error) {
    return `${(error as Error).message} ${(error as Error).cause}`;
  }
}

const said = await Promise.all(process.argv.slice(2).map(opened));
process.stdout.write(JSON.stringify(said), () => process.exit(0));
