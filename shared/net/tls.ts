/** Whose certificates a process uses: those of the settings, else a self-signed one for our own names. */
import { join } from 'node:path';
import type { Database } from '../database/port.ts';
import { type Config, DEFAULT_DATA_DIR } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { AcmeCertificates } from './acme/certificates.ts';
import { certificateDirectory, certificateFile, WatchedFile } from './certificate-files.ts';
import { type CertificateSource, CertificateStore } from './certificate-store.ts';
import { selfSignedCertificate } from './self-signed.ts';

type TlsConfig = Pick<
  Config,
  | 'tlsCertFile'
  | 'tlsKeyFile'
  | 'tlsCertDir'
  | 'tlsClientCa'
  | 'acmeDirectory'
  | 'hostname'
  | 'dataDir'
  | 'natsUrl'
  | 'databaseUrl'
>;

interface TlsPorts {
  /** Where certificates that were issued by ACME are. */
  readonly database: Database;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** A process of a cluster keeps nothing on its disk unless DATA_DIR was set for it. */
const keepsFiles = (config: TlsConfig): boolean =>
  config.dataDir !== DEFAULT_DATA_DIR || config.natsUrl === undefined || config.databaseUrl === undefined;

/**
 * For all listeners of a service; to be closed with it. Rejects, naming the file, when TLS_CERT_FILE, TLS_CERT_DIR or
 * TLS_CLIENT_CA cannot be used.
 */
export function openCertificates(
  config: TlsConfig,
  { database, log, metrics }: TlsPorts,
): Promise<CertificateStore> {
  const { tlsCertFile, tlsKeyFile, tlsCertDir, tlsClientCa, acmeDirectory, hostname } = config;
  const ofFile = tlsCertFile !== undefined && tlsKeyFile !== undefined;
  const sources: CertificateSource[] = [
    ...(ofFile ? [certificateFile(tlsCertFile, tlsKeyFile)] : []),
    ...(tlsCertDir === undefined ? [] : [certificateDirectory(tlsCertDir)]),
    ...(acmeDirectory === undefined ? [] : [new AcmeCertificates(database).source()]),
  ];
  const names = [...new Set([hostname, 'localhost', '127.0.0.1'])];
  const clientCa = tlsClientCa === undefined ? undefined : new WatchedFile(tlsClientCa);
  return CertificateStore.open({
    sources,
    fallback: selfSignedCertificate(names, keepsFiles(config) ? join(config.dataDir, 'tls') : undefined),
    defaultName: ofFile ? undefined : hostname,
    clientCa: clientCa && (() => clientCa.read()),
    log,
    metrics,
  });
}
