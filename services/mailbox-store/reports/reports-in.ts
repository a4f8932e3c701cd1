import { leafParts } from '../../../shared/message/part.ts';
import type { PartStructure } from '../../../shared/message/structure.ts';
import { decodeTransfer } from '../../../shared/message/transfer-encoding.ts';
import type { ReceivedReport } from '../../../shared/reports/report.ts';
import type { MessageStorage, StoredMessage } from '../../../shared/storage/port.ts';
import { readDmarcReport } from './dmarc-report.ts';
import { readTlsReport } from './tls-report.ts';
import { MAX_REPORT_BYTES, unpack } from './unpack.ts';

/** Parts of one message that may be reports. */
const MAX_PARTS = 5;
/** In base64. */
const MAX_PART_BYTES = MAX_REPORT_BYTES * 1.5;
/** Subtypes of application and text; what it is, is seen when it is unpacked. */
const SUBTYPES = new Set(
  [
    ['gzip', 'x-gzip', 'zip', 'x-zip', 'x-zip-compressed', 'octet-stream'],
    ['xml', 'json', 'tlsrpt+gzip', 'tlsrpt+json'],
  ].flat(),
);

/** The reports that are attached to a message. `failed` hears of a part that could not be read. */
export async function reportsIn(
  storage: MessageStorage,
  { emailId, structure }: StoredMessage,
  failed: (error: unknown) => void,
): Promise<ReceivedReport[]> {
  const reports: ReceivedReport[] = [];
  const parts = [...leafParts(structure.body)].filter(mayBeReport).slice(0, MAX_PARTS);
  for (const { bodyStart, bodyEnd, encoding } of parts) {
    try {
      const raw = await storage.readAll(emailId, bodyStart, bodyEnd, MAX_PART_BYTES + 1_048_576);
      const report = reportOf(await unpack(decodeTransfer(raw, encoding)));
      if (report !== undefined) reports.push(report);
    } catch (error) {
      failed(error);
    }
  }
  return reports;
}

function mayBeReport({ type, subtype, bodyStart, bodyEnd }: PartStructure): boolean {
  return (
    (type === 'application' || type === 'text') &&
    SUBTYPES.has(subtype) &&
    bodyEnd - bodyStart <= MAX_PART_BYTES
  );
}

function reportOf(bytes: Buffer): ReceivedReport | undefined {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const first = /\S/.exec(text.slice(0, 1_000))?.[0];
  if (first === '<') return readDmarcReport(text);
  return first === '{' ? readTlsReport(text) : undefined;
}
