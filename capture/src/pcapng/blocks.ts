import { MAGIC, RecordKind } from '../record.ts';
import { BlockType, MIN_BLOCK_BYTES } from './format.ts';

// Whole blocks of files that this package writes: one section, little-endian.

const PACKET_AT = 28;
const KIND_AT = 8;

/** Bytes of the block at `at`; infinite if that is not known yet. */
export function blockBytes(view: DataView, at: number): number {
  if (view.byteLength - at < 8) return Number.POSITIVE_INFINITY;
  return Math.max(MIN_BLOCK_BYTES, view.getUint32(at + 4, true));
}

export function isPacket(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === BlockType.enhancedPacket;
}

/** Whether the block is one that the following ones cannot be understood without: section, interface, device map, caller. */
export function isPreamble(view: DataView, at: number): boolean {
  const type = view.getUint32(at, true);
  if (type === BlockType.sectionHeader || type === BlockType.interfaceDescription) return true;
  if (type !== BlockType.enhancedPacket || view.getUint32(at + 20, true) <= KIND_AT) return false;
  if (view.getUint32(at + PACKET_AT) !== MAGIC) return false;
  const kind = view.getUint8(at + PACKET_AT + KIND_AT);
  return kind === RecordKind.deviceMap || kind === RecordKind.caller;
}

/** Calls `take` with each whole block of `chunk`. */
export function eachBlock(chunk: Uint8Array, take: (view: DataView, at: number, bytes: number) => void): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let at = 0; at < chunk.length; ) {
    const bytes = blockBytes(view, at);
    if (at + bytes > chunk.length) return;
    take(view, at, bytes);
    at += bytes;
  }
}
