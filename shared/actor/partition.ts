/** Partitions of one kind of actor (design §3). Changing it needs all replicas stopped. */
export const PARTITIONS = 256;

/** FNV-1a over the key's UTF-16 units: the same on every replica and in every release. */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return ((hash >>> 16) ^ hash) & 0xff;
}
