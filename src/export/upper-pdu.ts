import { open } from 'node:fs/promises';
import { type PcapngPacket, PcapngReader, PcapngWriter } from '@pciem/capture';
import type { Output } from './output.ts';

/** LINKTYPE_WIRESHARK_UPPER_PDU. */
const UPPER_PDU = 252;
const NAME = 'pciem';
/** Tag 12 (name of the dissector) with its length, the name padded to 4 bytes, and the end of tags. */
const PREFIX = tags();

function tags(): Uint8Array {
  const padded = (NAME.length + 3) & ~3;
  const bytes = new Uint8Array(4 + padded + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 12);
  view.setUint16(2, padded);
  bytes.set(new TextEncoder().encode(NAME), 4);
  return bytes;
}

/** The same capture with each packet named for the dissector: opens in Wireshark whatever DLT is configured. */
export async function exportUpperPdu(
  file: string,
  output: Output,
  progress: (read: number, total: number) => void,
): Promise<void> {
  const converter = new UpperPduConverter(output);
  const buffer = new Uint8Array(1 << 20);
  await using handle = await open(file);
  const { size } = await handle.stat();
  for (let read = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length);
    if (bytesRead === 0) break;
    converter.push(buffer.subarray(0, bytesRead));
    read += bytesRead;
    progress(read, size);
  }
  converter.finish();
}

class UpperPduConverter {
  readonly #writer: PcapngWriter;
  /** The interfaces of all sections become those of one. */
  #first = 0;
  #interfaces = 0;
  readonly #reader = new PcapngReader({
    section: () => {
      this.#first = this.#interfaces;
    },
    interface: ({ name, description, hardware, timestampResolution }) => {
      this.#interfaces++;
      this.#writer.addInterface({ name, description, hardware, linkType: UPPER_PDU, timestampResolution });
    },
    packet: (packet) => this.#packet(packet),
  });

  constructor(output: Output) {
    this.#writer = new PcapngWriter((chunk) => output.bytes(chunk), 17 << 20);
    this.#writer.section({ application: 'pciem export' });
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  finish(): void {
    this.#reader.finish();
    this.#writer.flush();
  }

  #packet(packet: PcapngPacket): void {
    const { bytes, start, captured, original, dropped, comments } = packet;
    const at = this.#writer.begin(PREFIX.length + captured);
    this.#writer.bytes.set(PREFIX, at);
    this.#writer.bytes.set(bytes.subarray(start, start + captured), at + PREFIX.length);
    const extras = dropped > 0 || comments.length > 0 ? { dropped, comment: comments.join('\n') } : undefined;
    this.#writer.end(
      this.#first + packet.interface.id,
      packet.timeHi,
      packet.timeLo,
      PREFIX.length + captured,
      PREFIX.length + original,
      packet.direction,
      extras,
    );
  }
}
