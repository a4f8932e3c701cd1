import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { fromBuffer, type ZipFile } from 'yauzl';

/** Octets of one report, unpacked: a bomb is larger, a report is not. */
export const MAX_REPORT_BYTES = 5_242_880;

const unzipped = promisify(gunzip) as (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Buffer>;
const openZip = promisify(fromBuffer) as (bytes: Buffer, options: { lazyEntries: true }) => Promise<ZipFile>;

/** A report that came in gzip, as the first file in a ZIP archive, or as it is. Throws when it is broken, or larger than `MAX_REPORT_BYTES`. */
export async function unpack(bytes: Buffer): Promise<Buffer> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return unzipped(bytes, { maxOutputLength: MAX_REPORT_BYTES });
  if (bytes.subarray(0, 4).toString('latin1') === 'PK\x03\x04')
    return firstFile(await openZip(bytes, { lazyEntries: true }));
  if (bytes.length > MAX_REPORT_BYTES) throw new RangeError(`a report of ${bytes.length} bytes`);
  return bytes;
}

/** Its size is what the archive says, or reading it fails. */
function firstFile(zip: ZipFile): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => reject(new Error('an archive without a file')));
    zip.on('entry', (entry) => {
      if (entry.fileName.endsWith('/')) {
        zip.readEntry();
        return;
      }
      if (entry.uncompressedSize > MAX_REPORT_BYTES) {
        reject(new RangeError(`a report of ${entry.uncompressedSize} bytes`));
        return;
      }
      zip.openReadStream(entry, (error, stream) => {
        if (error) {
          reject(error);
          return;
        }
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => pieces.push(piece));
        stream.on('error', reject);
        stream.on('end', () => resolve(Buffer.concat(pieces)));
      });
    });
    zip.readEntry();
  });
}
