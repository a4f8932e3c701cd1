/** What stands between us and the clients: certificates, ACME, proxies. */
import { setting } from './setting.ts';
import { networks, text } from './setting-types.ts';

export const CONNECTION_OPTIONAL = {
  tlsCertFile: setting(
    'TLS_CERT_FILE',
    '',
    text(),
    'certificate chain, PEM, read again when it changes; unset: self-signed, kept in DATA_DIR/tls',
  ),
  tlsKeyFile: setting('TLS_KEY_FILE', '', text(), 'the private key of TLS_CERT_FILE, PEM'),
  tlsCertDir: setting(
    'TLS_CERT_DIR',
    '',
    text(),
    'more certificates, chosen by the name a client asks for (SNI): `NAME.crt` with `NAME.key`, or one directory each as certbot makes them',
  ),
  tlsClientCa: setting(
    'TLS_CLIENT_CA',
    '',
    text(),
    "whose client certificates log in (EXTERNAL), PEM; a certificate's e-mail address is the account; unset: none is asked for",
  ),
};

export const CONNECTION_LISTS = {
  proxyProtocol: setting(
    'PROXY_PROTOCOL',
    '',
    networks(),
    "addresses and networks of proxies; what comes from there begins with a PROXY header (v1 or v2) that holds the client's address",
  ),
};
