/** Rows as aligned columns under a head in capitals; numbers to the right. Control characters never reach the terminal. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [
    head.map((name) => name.toUpperCase()),
    ...rows.map((row) => row.map((cell) => printable(String(cell)))),
  ];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const right = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
