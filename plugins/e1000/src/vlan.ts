import { read16, write16 } from './checksum.ts';

/** Bytes of the two addresses, behind which the tag stands (IEEE 802.1Q). */
const TAG_OFFSET = 12;
const TAG_BYTES = 4;

export function insertTag(frame: Uint8Array, etherType: number, tag: number): Uint8Array {
  const tagged = new Uint8Array(frame.length + TAG_BYTES);
  tagged.set(frame.subarray(0, TAG_OFFSET));
  write16(tagged, TAG_OFFSET, etherType);
  write16(tagged, TAG_OFFSET + 2, tag);
  tagged.set(frame.subarray(TAG_OFFSET), TAG_OFFSET + TAG_BYTES);
  return tagged;
}

/** The tag of a frame; undefined if it has none. */
export function tagOf(frame: Uint8Array, etherType: number): number | undefined {
  return frame.length >= TAG_OFFSET + TAG_BYTES && read16(frame, TAG_OFFSET) === etherType
    ? read16(frame, TAG_OFFSET + 2)
    : undefined;
}

export function removeTag(frame: Uint8Array): Uint8Array {
  const untagged = new Uint8Array(frame.length - TAG_BYTES);
  untagged.set(frame.subarray(0, TAG_OFFSET));
  untagged.set(frame.subarray(TAG_OFFSET + TAG_BYTES), TAG_OFFSET);
  return untagged;
}
