import type { MessageStructure, PartStructure } from './structure.ts';

/**
 * The structure of a message that got `octets` more at the head of its header: whole fields, none of which says anything about
 * its content. The message must begin with a field or with the blank line that ends its header.
 */
export function shiftStructure(structure: MessageStructure, octets: number): MessageStructure {
  if (octets === 0) return structure;
  const body = { ...shiftPart(structure.body, octets), headerStart: structure.body.headerStart };
  return { ...structure, size: structure.size + octets, body };
}

function shiftPart(part: PartStructure, octets: number): PartStructure {
  const { parts, message } = part;
  return {
    ...part,
    headerStart: part.headerStart + octets,
    bodyStart: part.bodyStart + octets,
    bodyEnd: part.bodyEnd + octets,
    ...(parts && { parts: parts.map((child) => shiftPart(child, octets)) }),
    ...(message && { message: { envelope: message.envelope, body: shiftPart(message.body, octets) } }),
  };
}
