import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SectionMerger } from '../extcap/merge.ts';
import { type CaptureOutput, openCaptureOutput } from '../host/kernel/capture-output.ts';
import type { CaptureSettings } from '../host/kernel/capture-settings.ts';

/** A part of a capture: one endpoint's. */
export interface CapturePart {
  /** The pipe that it is to be written to. */
  readonly file: string;
  readonly settings: CaptureSettings;
  /** Everything has been written. */
  done(): Promise<void>;
}

/**
 * One capture file of several endpoints, that are there together or one after the other. Each writes to a pipe of its
 * own, which holds it back when it is ahead of the file.
 */
export class MergedCapture {
  readonly #directory: string;
  readonly #file: CaptureOutput;
  readonly #settings: CaptureSettings;
  readonly #merger: SectionMerger;
  readonly #parts = new Set<Promise<void>>();
  #count = 0;

  private constructor(directory: string, path: string, settings: CaptureSettings) {
    this.#directory = directory;
    // What is done to the whole is not done to the parts.
    const { compression: _, fileBytes, fileSeconds, files, ...parts } = settings;
    const { before: __, ...whole } = settings;
    this.#settings = parts;
    this.#file = openCaptureOutput(path, whole);
    this.#merger = new SectionMerger(this.#file.write);
  }

  static async open(path: string, settings: CaptureSettings): Promise<MergedCapture> {
    return new MergedCapture(await mkdtemp(join(tmpdir(), 'pciem-capture-')), path, settings);
  }

  part(): CapturePart {
    const file = join(this.#directory, String(this.#count++));
    execFileSync('mkfifo', ['-m', '600', file]);
    // Both ends of the pipe: nobody waits for the other one to open it, and it ends when this is closed.
    const hold = openSync(file, 'r+');
    const taken = takeAll(file, this.#merger.input());
    this.#parts.add(taken);
    let held = true;
    return {
      file,
      settings: this.#settings,
      done: async () => {
        if (held) closeSync(hold);
        held = false;
        await taken;
        this.#parts.delete(taken);
      },
    };
  }

  /** After `done` of every part. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#parts);
    this.#file.close();
    await rm(this.#directory, { recursive: true });
  }
}

async function takeAll(pipe: string, take: (chunk: Uint8Array) => void): Promise<void> {
  for await (const chunk of createReadStream(pipe, { highWaterMark: 1 << 20 })) take(chunk as Buffer);
}
