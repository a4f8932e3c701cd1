import type { EmailId } from '../../../../shared/mailbox/types.ts';
import type { Webmail } from '../../webmail.ts';
import { SetError } from '../method.ts';

export interface Stored {
  readonly emailId: EmailId;
  readonly size: number;
}

/** Puts a message into storage, where nothing names it yet. Throws `SetError`: tooLarge. */
export async function storeMessage(
  { ports, config }: Webmail,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Stored> {
  const writer = ports.storage.create();
  let size = 0;
  try {
    for await (const piece of bytes) {
      size += piece.length;
      if (size > config.maxMessageBytes)
        throw new SetError('tooLarge', undefined, { maxSize: config.maxMessageBytes });
      await writer.write(piece);
    }
    const staged = await writer.finish();
    await ports.storage.commit(staged);
    return { emailId: writer.emailId, size: staged.size };
  } catch (error) {
    await writer.abort().catch(() => undefined);
    throw error;
  }
}
