import type { ClusterState } from './state.ts';

/** Rows as columns that line up, separated by two spaces. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Which process is where. */
export function clusterTable(state: ClusterState): string {
  const servers = state.servers.map((one) => [one.name, String(one.pid), one.url]);
  const processes = state.processes.map((one) => [
    `${one.service}-${one.index}`,
    String(one.pid),
    Object.entries(one.addresses)
      .map(([listener, at]) => `${listener} ${at.host}:${at.port}`)
      .join(', '),
  ]);
  return table([['process', 'pid', 'address'], ...servers, ...processes]);
}

/** How to try it out, from a shell. */
export function clusterHints(state: ClusterState): string {
  const port = (service: string, listener: string): number | undefined =>
    state.processes.find((one) => one.service === service)?.addresses[listener]?.port;
  const [alice, bob] = state.demo.accounts;
  const lines = [`log in as ${alice} or ${bob}, password ${state.demo.password}`];
  const submission = port('smtp-ingress', 'submission');
  if (submission)
    lines.push(
      `send:  swaks --server 127.0.0.1:${submission} --tls --auth PLAIN --auth-user ${alice} --auth-password ${state.demo.password} --from ${alice} --to ${bob}`,
    );
  const imap = port('imap-gateway', 'imap');
  if (imap)
    lines.push(
      `read:  curl --user ${bob}:${state.demo.password} 'imap://127.0.0.1:${imap}/INBOX;MAILINDEX=1'`,
    );
  const admin = state.processes.find((one) => one.service === 'admin');
  if (admin)
    lines.push(
      `rule:  ADMIN_URL=${admin.adminUrl} ADMIN_TOKEN=${state.adminToken} npm run mailctl -- --help`,
    );
  return lines.join('\n');
}
