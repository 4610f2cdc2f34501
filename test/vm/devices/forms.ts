// For the commands forms, strings, mappings and functions of the driver in kmod/tests/driver: writes down each access
// to the first page of BAR 0, whose registers are a memory that answers from here.
import { appendFileSync } from 'node:fs';
import { bar, defineDevice, type HandlerContext, memory, range } from '@pciem/sdk';

const page = 0x1000;
const size = 0x4000;
const bytes = new DataView(new ArrayBuffer(page));
/** Taken at once: a heap that grows is collected for long, and a driver with interrupts off waits only so long. */
const lines = Buffer.alloc(1 << 21);
let written = 0;

/** One line for each access, with the last of its parts: what, offset, size, value. */
function note(what: 'r' | 'w', end: number, { access }: HandlerContext): void {
  const { wholeOffset, wholeSize } = access;
  if (end !== wholeOffset + wholeSize) return;
  let value = '';
  for (let offset = wholeOffset; offset < end; offset++) {
    value = bytes.getUint8(offset).toString(16).padStart(2, '0') + value;
  }
  written += lines.write(
    `${what} ${wholeOffset.toString(16)} ${wholeSize} ${BigInt(`0x${value}`).toString(16)}\n`,
    written,
  );
}

export default defineDevice({
  name: 'forms',
  identity: { vendor: 0x1234, device: 0x7e58, class: 0xff0000 },
  bars: [
    bar(0, {
      size,
      bits: 64,
      ranges: {
        FORWARDED: range(0, {
          length: page,
          read(offset, length, ctx) {
            let value = 0;
            for (let i = 0; i < length; i++) value += bytes.getUint8(offset + i) * 2 ** (8 * i);
            note('r', offset + length, ctx);
            return value;
          },
          write(offset, value, ctx) {
            const length = ctx.access.size;
            for (let i = 0; i < length; i++) bytes.setUint8(offset + i, Math.floor(value / 2 ** (8 * i)));
            note('w', offset + length, ctx);
          },
        }),
        MEMORY: memory(page, { length: size - page }),
      },
    }),
    bar(2, { size, bits: 64, ranges: { OTHER: memory(0, { length: size }) } }),
  ],
  interrupts: { msix: 1 },
  setup: () => ({ stop: () => appendFileSync(process.env.PCIEM_TEST_SEEN ?? '/dev/null', lines.subarray(0, written)) }),
});
