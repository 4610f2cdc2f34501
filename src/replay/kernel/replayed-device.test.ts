import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import edu from '@pciem/plugin-edu';
import { DeviceInstance } from '@pciem/sdk';
import { SimHost } from '@pciem/sdk/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RecordingHost } from '../../model/testing/recording-host.ts';
import { type InterruptSource, play } from '../player.ts';
import { SimTarget } from '../replay.ts';
import { type Outcome, resultOf } from '../result.ts';
import { replayedDevice } from './replayed-device.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-replayed-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A factorial with its interrupt, and DMA to the device and back. */
async function record() {
  const host = new RecordingHost(edu, { settings: { dmaMask: 2 ** 40 - 1 } });
  host.write(0x10, 0xe000_0000, 4, 7);
  host.write(4, 6, 2, 7);
  const memory = host.memory.alloc(64);
  memory.bytes.set([1, 2, 3, 4]);
  host.read(0);
  host.write(0x20, 0x80);
  host.write(8, 5);
  await host.pause(5);
  host.write(0x64, host.read(0x24));
  host.read(8);
  for (const [from, to, command] of [
    [memory.address, 0x40000, 1],
    [0x40000, memory.address + 8, 3],
  ] as const) {
    for (const [offset, value] of [
      [0x80, from],
      [0x88, to],
      [0x90, 4],
      [0x98, command],
    ] as const) {
      host.write(offset, BigInt(value), 8);
    }
    await host.pause(5);
  }
  host.close();
  return host.recording();
}

test('a device on a bus with the memory and interrupts of a capture does what it did', async () => {
  const recording = await record();
  const file = join(directory, 'outcome.json');
  const interrupts: InterruptSource[] = [];
  const interrupted = (source: InterruptSource) => interrupts.push(source);
  const device = replayedDevice(edu, recording.events, { file, interrupted });
  const host = new SimHost(new DeviceInstance(device, { dmaMask: 2 ** 40 - 1 }), { enable: false });
  // No driver knows it.
  expect([host.readConfig32(0), host.readConfig32(8) >>> 8]).toEqual([0x7265_fff0, 0xff0000]);
  const played = await play(recording, new SimTarget(host), {});
  host.close();
  const result = resultOf(recording.events, played, JSON.parse(readFileSync(file, 'utf8')) as Outcome);
  expect(result).toMatchObject({ differences: [], dmaBytes: 8, interrupts: { expected: 1, actual: 1 } });
  expect(result.reads).toBe(result.equal);
  // The capture has no MSI.
  expect(interrupts).toEqual(['INTx']);
});
