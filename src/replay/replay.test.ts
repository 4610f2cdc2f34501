import { bar, defineDevice, reg32, reg64 } from '@pciem/sdk';
import { describe, expect, test } from 'vitest';
import type { Recording } from '../model/recording.ts';
import { RecordingHost } from '../model/testing/recording-host.ts';
import { junitReport } from './junit.ts';
import { renderReplay } from './render.ts';
import { replay } from './replay.ts';

/** A device in versions: with another reset value, without its interrupt, with other DMA. */
function version({ id = 0x10, interrupts = true, byte = 7 }: { id?: number; interrupts?: boolean; byte?: number }) {
  return defineDevice({
    name: 'versioned',
    identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
    interrupts: { intx: 'A' },
    bars: [
      bar(0, { size: 4096, registers: { ID: reg32(0, { access: 'ro', reset: id }), DOOR: reg32(4), BASE: reg64(8) } }),
    ],
    setup: ({ regs, dma, irq }) => ({
      write: {
        DOOR(value) {
          const block = dma.read(Number(regs.BASE.value), 4);
          dma.write(Number(regs.BASE.value) + 32, Uint8Array.of((block[0] ?? 0) + byte, value));
          if (interrupts) setTimeout(() => irq.assert(), 5);
        },
      },
    }),
  });
}

async function record(): Promise<Recording> {
  const host = new RecordingHost(version({}));
  host.writeConfig32(0x10, 0xe000_0000);
  host.write(4, 6, 2, 7);
  host.read(0, 4, 7);
  const memory = host.memory.alloc(64);
  memory.bytes.set([40, 1, 2, 3]);
  host.read(0);
  host.write(8, BigInt(memory.address), 8);
  host.write(4, 2);
  await host.pause(20);
  host.read(0);
  host.close();
  return host.recording();
}

const play = async (device: ReturnType<typeof version>) => replay(await record(), device, {});

describe('a capture replayed', () => {
  test('against the same device: no difference', async () => {
    const result = await play(version({}));
    expect(result).toMatchObject({ accesses: 6, reads: 3, equal: 3, dmaBytes: 6, differences: [], errors: [] });
    expect(result.interrupts).toEqual({ expected: 1, actual: 1 });
    expect(renderReplay(result, 30)).toContain('no difference');
  });

  test('against a version with a changed register: exactly that', async () => {
    const { differences, equal, reads } = await play(version({ id: 0x11 }));
    expect([reads, equal]).toEqual([3, 1]);
    expect(differences.map(({ what, expected, actual }) => [what, expected, actual])).toEqual([
      ['ID', '0x00000010', '0x00000011'],
      ['ID', '0x00000010', '0x00000011'],
    ]);
  });

  test('waits for interrupts that the driver has waited for', async () => {
    const recording = await record();
    // The device takes 5 ms for its interrupt, the driver of this capture looked at it at once.
    const fast = { ...recording, events: recording.events.map((event) => ({ ...event, time: 0 })) };
    const result = await replay(fast, version({}), {});
    expect(result.interrupts).toEqual({ expected: 1, actual: 1 });
    expect(result.differences).toEqual([]);
  });

  test('without the values of a register', async () => {
    const result = await replay(await record(), version({ id: 0x11 }), {}, { ignore: new Set(['id']) });
    expect(result.differences).toEqual([]);
  });

  test('finds other DMA and missing interrupts', async () => {
    expect((await play(version({ byte: 8 }))).differences.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^DMA write at 0x[0-9a-f]+: 0x30, in the capture 0x2f$/),
    ]);
    expect((await play(version({ interrupts: false }))).differences.map(({ text }) => text)).toEqual([
      'INTx was asserted 0 times, in the capture 1',
    ]);
  });

  test('is a test report', async () => {
    const xml = junitReport('versioned <1>', await play(version({ id: 0x11 })));
    expect(xml).toContain('<testsuite name="versioned &lt;1&gt;" tests="5" failures="1">');
    expect(xml).toContain('name="ID (2 reads)"><failure message="read of ID: 0x00000011, in the capture 0x00000010">');
    expect(xml).toContain('name="DMA"/>');
  });
});
