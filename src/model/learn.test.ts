import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import edu from '@pciem/plugin-edu';
import { bar, defineDevice, reg32, reg64 } from '@pciem/sdk';
import { describe, expect, test } from 'vitest';
import { shapeOfRecording } from '../proxy/clone/capture-shape.ts';
import { RegisterNames } from '../proxy/core/register-names.ts';
import { replay } from '../replay/replay.ts';
import { type LearnedModel, parseModel } from './format.ts';
import { learnModel } from './learn.ts';
import { learnedDevice } from './load-learned.ts';
import { modelText } from './model-text.ts';
import type { Recording } from './recording.ts';
import { RecordingHost } from './testing/recording-host.ts';

const eeprom = [0x1111, 0x2222, 0x3333, 0x4444];

/** Has one register of every kind that can be learned. */
const device = defineDevice({
  name: 'sample',
  identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
  interrupts: { msix: 1 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        ID: reg32(0, { access: 'ro', reset: 0xc0ffee }),
        SCRATCH: reg32(4),
        INVERSE: reg32(8, { access: 'ro' }),
        EEPROM: reg32(0x0c, { access: 'ro' }),
        TICKS: reg32(0x10),
        DOOR: reg32(0x14),
        STATUS: reg32(0x18),
        RING: reg64(0x20),
      },
    }),
  ],
  setup({ regs, irq, dma }) {
    let ticks = 100;
    let left = 0;
    return {
      read: {
        TICKS: () => (ticks += 3),
        STATUS: () => (left-- > 0 ? 0 : 1),
      },
      write: {
        INVERSE: (value) => {
          regs.INVERSE.value = ~value;
        },
        EEPROM: (value) => {
          regs.EEPROM.value = 0x1_0000 | (eeprom[value] ?? 0);
        },
        DOOR() {
          left = 2;
          dma.write(Number(regs.RING.value) + 16, Uint8Array.of(0xaa, 0xbb));
          irq.raise(0);
        },
      },
    };
  },
});

async function session(seed: number): Promise<Recording> {
  const host = new RecordingHost(device);
  host.writeConfig32(0x10, 0xe000_0000);
  host.write(4, 6, 2, 7);
  enableMsix(host);
  const memory = host.memory.alloc(64);
  expect(host.read(0)).toBe(0xc0ffee);
  for (let i = 0; i < 6; i++) {
    host.write(4, seed * 1000 + i);
    host.read(4);
    host.write(8, seed * 0x1234_5678 + i);
    host.read(8);
    host.write(0x0c, i % 4);
    host.read(0x0c);
    host.read(0x10);
  }
  host.write(0x20, BigInt(memory.address), 8);
  for (let i = 0; i < 3; i++) {
    host.write(0x14, 1);
    for (let reads = 0; reads < 4; reads++) host.read(0x18);
    await host.pause(2);
  }
  host.close();
  return host.recording(`run ${seed}`);
}

/** The first vector, in the BAR that the SDK has added. */
function enableMsix(host: RecordingHost): void {
  host.write(0x20, 0xe100_0000, 4, 7);
  let capability = host.readConfig8(0x34);
  while (host.readConfig8(capability) !== 0x11) capability = host.readConfig8(capability + 1);
  host.write(capability + 2, 0x8000, 2, 7);
  host.write(0, 0xfee0_0000, 4, 4);
  host.write(8, 1, 4, 4);
  host.write(12, 0, 4, 4);
}

function learn(...recordings: Recording[]): LearnedModel {
  const [first] = recordings as [Recording];
  return learnModel(recordings, shapeOfRecording(first), new RegisterNames(first.map));
}

describe('a device with registers of every kind', () => {
  test('is learned from two captures, and the model explains a third one', async () => {
    const model = learn(await session(1), await session(2));
    const kinds = Object.fromEntries(model.registers.map(({ name, is }) => [name, is]));
    expect(kinds).toMatchObject({
      ID: 'constant',
      SCRATCH: 'last-written',
      INVERSE: 'last-written',
      EEPROM: 'function',
      TICKS: 'counter',
      STATUS: 'function',
    });
    const third = await session(3);
    const result = await replay(third, learnedDevice(model), {});
    expect(result.differences).toEqual([]);
    expect(result.equal).toBe(result.reads);
    expect(result.interrupts).toEqual({ expected: 3, actual: 3 });
    expect(result.dmaBytes).toBe(6);
  });

  test('is written as text that says the same', async () => {
    const model = learn(await session(1), await session(2));
    const text = modelText(model, ['a.pcapng', 'b.pcapng']);
    expect(parseModel('m.yaml', text)).toEqual(JSON.parse(JSON.stringify(model)));
    expect(text).toContain('- {name: ID, bar: 0, offset: 0x0, size: 4, is: constant, value: 0xc0ffee}');
    expect(text).toContain('{written: 0x2, values: [0x13333]}');
  });

  test('of which a part was not seen leaves that to the rest', async () => {
    const one = await session(1);
    const other = { ...one, events: one.events.slice(0, 20) };
    const result = await replay(one, learnedDevice(learn(other)), {});
    expect(result.equal / result.reads).toBeLessThan(0.95);
    expect(result.differences.map(({ what }) => what)).toContain('STATUS');
  });
});

test('edu is learned: factorials that were seen, DMA there and back', async () => {
  const run = async () => {
    const host = new RecordingHost(edu, { settings: { dmaMask: 2 ** 40 - 1 } });
    host.writeConfig32(0x10, 0xe000_0000);
    host.write(4, 6, 2, 7);
    const memory = host.memory.alloc(64);
    memory.bytes.set([1, 2, 3, 4]);
    host.read(0);
    host.write(4, 0x55);
    host.read(4);
    for (const of of [5, 7, 10]) {
      host.write(8, of);
      while (host.read(0x20) & 1) await host.pause(1);
      host.read(8);
    }
    const dma = async (from: number, to: number, command: number) => {
      for (const [offset, value] of [
        [0x80, from],
        [0x88, to],
        [0x90, 4],
        [0x98, command],
      ] as const) {
        host.write(offset, BigInt(value), 8);
      }
      await host.pause(2);
      host.read(0x98, 8);
    };
    await dma(memory.address, 0x40000, 1);
    await dma(0x40000, memory.address + 8, 3);
    host.close();
    return host.recording();
  };
  const model = learn(await run(), await run());
  const result = await replay(await run(), learnedDevice(model), {});
  expect(result.differences).toEqual([]);
  expect(result.dmaBytes).toBe(8);
});

test('mistakes in a model file point at their line', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pciem-model-'));
  const file = join(directory, 'm.yaml');
  const text =
    'version: 1\ndevice: {name: x}\nregisters:\n  - {bar: 0, offset: 0, size: 3, is: constant, value: 1}\neffects: []\n';
  writeFileSync(file, text);
  expect(() => parseModel('m.yaml', text)).toThrow(
    expect.objectContaining({ nextSteps: [expect.stringMatching(/^m.yaml:4:/)] }),
  );
  rmSync(directory, { recursive: true });
});
