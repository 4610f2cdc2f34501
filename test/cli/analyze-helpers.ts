import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '@oclif/core';
import { vi } from 'vitest';
import { access, dma, forwardedRead, interrupt, START } from '../../capture/src/testing/analyze.ts';
import { convert } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { command, createQueues, enable, nvmeMap } from '../../capture/src/testing/nvme-session.ts';
import { packageRoot } from '../../src/paths.ts';

export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the CLI in this process; what it prints and its exit status. */
export async function runCommand(command: typeof Command, ...argv: string[]): Promise<CommandResult> {
  const result = { status: 0, stdout: '', stderr: '' };
  const capture = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      result[stream] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    });
  const spies = [capture('stdout'), capture('stderr')];
  try {
    await (command as unknown as { run(argv: string[], options: { root: string }): Promise<void> }).run(argv, {
      root: packageRoot,
    });
  } catch (error) {
    const { oclif, message } = error as { oclif?: { exit?: number }; message: string };
    if (oclif?.exit === undefined) throw error;
    result.status = oclif.exit;
    result.stderr += message;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return result;
}

/** An NVMe session with a bit of everything. */
export const session: readonly EventInit[] = [
  ...enable(1000),
  ...createQueues(2000),
  ...command(1, 0, { opcode: 2, cid: 5, cdw10: 64, cdw12: 7 }, 5000, 2500),
  interrupt(1, 8000),
  ...command(1, 1, { opcode: 1, cid: 6, cdw10: 1 << 30, cdw12: 7 }, 9000, 500, 0x80),
  ...forwardedRead(0x1c, 1, 20_000, 1500),
  access('memWrite', 0x14, 0x0046_0001, 25_000),
  { kind: 'dmaFault', seq: 8000, time: START + 26_000n, address: 0x5000, dataLength: 64, status: 2, vector: 1 },
  dma('dmaWrite', 0x7000_0000, new Uint8Array(4096), 27_000),
];

/** A folder for captures; removed by `remove`. */
export async function captureFolder() {
  const path = await mkdtemp(join(tmpdir(), 'pciem-analyze-'));
  return {
    path,
    /** Writes a capture and returns its path. */
    async write(name: string, events: readonly EventInit[] = session): Promise<string> {
      const file = join(path, name);
      await writeFile(file, convert(events, { maps: [nvmeMap] }));
      return file;
    },
    remove: () => rm(path, { recursive: true }),
  };
}
