/** What stands between us and the clients: certificates, ACME, proxies. */
import { setting } from './setting.ts';
import { domainPatterns, networks, oneOf, port, text, url, words } from './setting-types.ts';

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
  acmeDirectory: setting(
    'ACME_DIRECTORY',
    '',
    url(['https']),
    'the certificate authority that certificates are had from, by ACME, and renewed at two thirds of their life; that its terms of service are agreed to is said with it; unset: none',
  ),
  acmeEmail: setting('ACME_EMAIL', '', text(), 'whom the authority may write to'),
  acmeCaFile: setting(
    'ACME_CA_FILE',
    '',
    text(),
    'by whom the certificate of ACME_DIRECTORY itself is made, PEM; unset: a public authority',
  ),
};

export const CONNECTION_REQUIRED = {
  acmeChallenge: setting(
    'ACME_CHALLENGE',
    'http-01',
    oneOf('http-01', 'tls-alpn-01'),
    'how the authority sees that a name is ours: it comes to port 80 (http-01) or 443 (tls-alpn-01) of each',
  ),
  acmeHttpPort: setting(
    'ACME_HTTP_PORT',
    '80',
    port(),
    'where smtp-ingress answers http-01; HTTP_PORT answers too, and alone when it is the same',
  ),
  acmeTlsPort: setting(
    'ACME_TLS_PORT',
    '443',
    port(),
    'where smtp-ingress answers tls-alpn-01, and nothing else',
  ),
};

export const CONNECTION_LISTS = {
  authMechanisms: setting(
    'AUTH_MECHANISMS',
    '',
    words('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'EXTERNAL', 'OAUTHBEARER', 'XOAUTH2', 'PLAIN', 'LOGIN'),
    'the SASL mechanisms that may be used, with commas between them; the others are too weak (SMTP 534); without PLAIN and LOGIN no password is taken in clear, over TLS neither; unset: all',
  ),
  xclientNetworks: setting(
    'XCLIENT_NETWORKS',
    '',
    networks(),
    'addresses and networks of SMTP proxies, which may say for which client they speak (XCLIENT)',
  ),
  acmeDomains: setting(
    'ACME_DOMAINS',
    '',
    domainPatterns(),
    'host names to have a certificate each, with commas between them; `*` stands for each of our domains: mail.example.org,mta-sts.*; unset: MAIL_HOSTNAME',
  ),
  proxyProtocol: setting(
    'PROXY_PROTOCOL',
    '',
    networks(),
    "addresses and networks of proxies; what comes from there begins with a PROXY header (v1 or v2) that holds the client's address",
  ),
};
