import { internetChecksum, read16, read32, write16, write32 } from './checksum.ts';

/** What the last context descriptor has said (section 3.3.6 of the manual); offsets in bytes from the frame's start. */
export interface OffloadContext {
  /** IP checksum: first byte, where to put it, last byte. */
  ipStart: number;
  ipOffset: number;
  ipEnd: number;
  /** TCP or UDP checksum; an end of 0 is that of the frame. */
  start: number;
  offset: number;
  end: number;
  /** Segmentation: bytes of payload a segment, and bytes of headers. */
  mss: number;
  headerLength: number;
  tcp: boolean;
  ipv4: boolean;
}

export const NO_CONTEXT: OffloadContext = {
  ipStart: 0,
  ipOffset: 0,
  ipEnd: 0,
  start: 0,
  offset: 0,
  end: 0,
  mss: 0,
  headerLength: 0,
  tcp: false,
  ipv4: false,
};

export function parseContext(descriptor: DataView, at: number): OffloadContext {
  const command = descriptor.getUint8(at + 11);
  return {
    ipStart: descriptor.getUint8(at),
    ipOffset: descriptor.getUint8(at + 1),
    ipEnd: descriptor.getUint16(at + 2, true),
    start: descriptor.getUint8(at + 4),
    offset: descriptor.getUint8(at + 5),
    end: descriptor.getUint16(at + 6, true),
    headerLength: descriptor.getUint8(at + 13),
    mss: descriptor.getUint16(at + 14, true),
    tcp: (command & 1) !== 0,
    ipv4: (command & 2) !== 0,
  };
}

/** Sums from `start` to `end` (0: of the frame), and stores the result. The field holds the pseudo header's sum before. */
export function insertChecksum(frame: Uint8Array, start: number, offset: number, end: number, extra = 0): void {
  const stop = end === 0 ? frame.length : Math.min(end + 1, frame.length);
  if (start >= stop || offset + 2 > frame.length) return;
  write16(frame, offset, internetChecksum(frame, start, stop, extra));
}

/** The checksums that a data descriptor asks for. */
export function insertChecksums(frame: Uint8Array, context: OffloadContext, ip: boolean, transport: boolean): void {
  if (ip) {
    write16(frame, context.ipOffset, 0);
    insertChecksum(frame, context.ipStart, context.ipOffset, context.ipEnd);
  }
  if (transport) insertChecksum(frame, context.start, context.offset, context.end);
}

const IPV4_LENGTH = 2;
const IPV4_ID = 4;
const IPV6_LENGTH = 4;
const IPV6_HEADER = 40;
const TCP_SEQUENCE = 4;
const TCP_FLAGS = 13;
const TCP_FIN_AND_PSH = 0x09;
const UDP_LENGTH = 4;

/** TCP segmentation: cuts the payload and gives each piece the headers, brought up to date (section 3.5 of the manual). */
export function* segments(packet: Uint8Array, context: OffloadContext): Generator<Uint8Array> {
  const { headerLength, mss, ipStart, start, tcp, ipv4 } = context;
  const payload = packet.length - headerLength;
  if (mss === 0 || payload <= 0) return;
  for (let done = 0, number = 0; done < payload; done += mss, number++) {
    const bytes = Math.min(mss, payload - done);
    const frame = new Uint8Array(headerLength + bytes);
    frame.set(packet.subarray(0, headerLength));
    frame.set(packet.subarray(headerLength + done, headerLength + done + bytes), headerLength);
    if (ipv4) {
      write16(frame, ipStart + IPV4_LENGTH, frame.length - ipStart);
      write16(frame, ipStart + IPV4_ID, read16(packet, ipStart + IPV4_ID) + number);
    } else {
      write16(frame, ipStart + IPV6_LENGTH, frame.length - ipStart - IPV6_HEADER);
    }
    if (tcp) {
      write32(frame, start + TCP_SEQUENCE, (read32(packet, start + TCP_SEQUENCE) + done) >>> 0);
      const last = done + bytes >= payload;
      if (!last) frame[start + TCP_FLAGS] = (frame[start + TCP_FLAGS] as number) & ~TCP_FIN_AND_PSH;
    } else {
      write16(frame, start + UDP_LENGTH, frame.length - start);
    }
    if (ipv4) insertChecksums(frame, context, true, false);
    // The pseudo header's sum that the driver has stored lacks the length.
    insertChecksum(frame, start, context.offset, context.end, frame.length - start);
    yield frame;
  }
}
