/** Text of any line length as a base64 body (RFC 2045 §6.8). */
export function base64Lines(text: string): string {
  const lines =
    Buffer.from(withCrlf(text))
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  return lines.map((line) => `${line}\r\n`).join('');
}

export function withCrlf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}
