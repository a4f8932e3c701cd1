/** One HTTPS request, to addresses that the caller looked up: no redirects, no proxies, no cookies, everything bounded. */
import { type RequestOptions, request } from 'node:https';
import type { SecureContext } from 'node:tls';

export interface HttpsRequest {
  readonly hostname: string;
  /** Tried one after the other. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** With the query. */
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Whose certificates are taken; without it those that Node trusts. */
  readonly secureContext?: SecureContext;
  /** For all of it. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface HttpsResponse {
  readonly status: number;
  /** Lower case, without parameters; '' when not said. */
  readonly contentType: string;
  readonly body: Buffer;
}

/** The certificate does not hold. */
export class HttpsUntrusted extends Error {}

/** Rejects with `HttpsUntrusted` when the certificate is not the host's, and else with what failed last. */
export async function httpsRequest(options: HttpsRequest): Promise<HttpsResponse> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  let failure: Error = new Error(`${options.hostname} has no address`);
  for (const address of options.addresses) {
    try {
      return await ask(address, options, signal);
    } catch (error) {
      failure = error as Error;
      if (signal.aborted || failure instanceof HttpsUntrusted) break;
    }
  }
  throw failure;
}

function ask(address: string, options: HttpsRequest, signal: AbortSignal): Promise<HttpsResponse> {
  const { hostname, port, body } = options;
  return new Promise((resolve, reject) => {
    const how: RequestOptions & { secureContext?: SecureContext } = {
      host: address,
      port,
      path: options.path,
      method: options.method ?? 'GET',
      servername: hostname,
      secureContext: options.secureContext,
      agent: false,
      signal,
      headers: {
        host: port === 443 ? hostname : `${hostname}:${port}`,
        ...(body ? { 'content-length': String(body.length) } : {}),
        ...options.headers,
      },
    };
    const asking = request(how);
    asking.on('error', (error: NodeJS.ErrnoException) => {
      reject(isCertificateError(error.code) ? new HttpsUntrusted(error.code, { cause: error }) : error);
    });
    asking.on('response', (response) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > options.maxBytes) asking.destroy(new Error(`more than ${options.maxBytes} bytes`));
        else pieces.push(piece);
      });
      response.on('error', reject);
      response.on('end', () => {
        const [contentType = ''] = (response.headers['content-type'] ?? '').split(';');
        resolve({
          status: response.statusCode ?? 0,
          contentType: contentType.trim().toLowerCase(),
          body: Buffer.concat(pieces),
        });
      });
    });
    asking.end(body);
  });
}

function isCertificateError(code = ''): boolean {
  return code.includes('CERT') || code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code.includes('SIGNATURE');
}
