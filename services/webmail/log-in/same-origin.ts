/**
 * May a request that a cookie vouches for change something? Only when the browser says that our own page made it. A browser
 * sends Sec-Fetch-Site, older ones Origin, with every request that is not GET, and no page can set either; a request
 * with neither comes from no browser, and such clients log in otherwise. (The cookie is SameSite=Strict as well.)
 */
export function isSameOrigin(headers: {
  readonly site: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
}): boolean {
  const { site, origin, host } = headers;
  if (site !== undefined) return site === 'same-origin';
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}
