import type { Metrics } from '../shared/runtime/metrics.ts';
import type { Ports } from '../shared/runtime/service.ts';

/** What this process sees of Postgres, NATS and Redis (or of the embedded parts in their place). */
export function serverMetrics({
  metrics,
  database,
  bus,
  sessions,
}: Pick<Ports, 'metrics' | 'database' | 'bus' | 'sessions'>): void {
  metrics.gauge('cartero_server_connected', '1 while the server can be reached', ['server'], (gauge) => {
    const connected = { database, bus, sessions };
    for (const [server, { connected: is }] of Object.entries(connected)) gauge.set({ server }, is ? 1 : 0);
  });
  metrics.gauge(
    'cartero_database_connections',
    'Connections of this process to the database, and calls that wait for one',
    ['state'],
    (gauge) => {
      for (const [state, count] of Object.entries(database.connections())) gauge.set({ state }, count);
    },
  );
}

/** Tells how long calls of the database took. */
export function databaseSeconds(metrics: Metrics): (seconds: number) => void {
  const histogram = metrics.histogram(
    'cartero_database_call_seconds',
    'A statement or transaction, from the call to its result, the wait for a connection included',
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30],
  );
  return (seconds) => histogram.observe({}, seconds);
}
