/** Parameters of a Content-Type field as it stands in a message (RFC 2045 §5.1; comments left out). */
export function parameters(field: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let at = field.indexOf(';');
  while (at >= 0 && at < field.length) {
    at++;
    const equals = field.indexOf('=', at);
    if (equals < 0) break;
    const name = field
      .slice(at, equals)
      .replace(/\([^)]*\)/g, '')
      .trim()
      .toLowerCase();
    let value = '';
    at = equals + 1;
    while (at < field.length && /\s/.test(field[at]!)) at++;
    if (field[at] === '"') {
      at++;
      while (at < field.length && field[at] !== '"') {
        if (field[at] === '\\') at++;
        value += field[at++] ?? '';
      }
      at = field.indexOf(';', at);
    } else {
      const end = field.indexOf(';', at);
      value = field.slice(at, end < 0 ? undefined : end).trim();
      at = end;
    }
    if (name !== '') found[name] ??= value.replace(/[\r\n]+/g, '');
  }
  return found;
}

/** Where an external body is to be had (RFC 2046 §5.2.3, RFC 2017): a link, or undefined when only words can say. */
export function externalBodyLink(field: string): string | undefined {
  const { 'access-type': access, url, site, directory, name } = parameters(field);
  switch (access?.toLowerCase()) {
    case 'url': {
      const link = url?.replace(/\s+/g, '') ?? '';
      return /^(?:https?|ftp):\/\//i.test(link) ? link : undefined;
    }
    case 'ftp':
    case 'anon-ftp':
    case 'tftp': {
      if (!site || !name) return undefined;
      const path = [directory, name].filter(Boolean).join('/').split('/').map(encodeURIComponent).join('/');
      return `${access.toLowerCase() === 'tftp' ? 'tftp' : 'ftp'}://${site}/${path}`;
    }
    default:
      return undefined;
  }
}

export interface PartialInfo {
  readonly id: string;
  readonly number: number;
  readonly total: number | undefined;
}

/** RFC 2046 §5.2.2; only the last part must say how many there are. */
export function partialInfo(field: string): PartialInfo | undefined {
  const { id, number, total } = parameters(field);
  const which = Number(number);
  if (!id || !Number.isInteger(which) || which < 1) return undefined;
  const all = Number(total);
  return { id, number: which, total: Number.isInteger(all) && all >= 1 ? all : undefined };
}
