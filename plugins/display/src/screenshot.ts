import { renameSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { Picture } from './picture.ts';

/** Milliseconds between looks at the screen. */
const INTERVAL = 500;

/** Keeps the latest picture in a file. The file is whole at any time. */
export class Screenshot {
  readonly #file: string;
  readonly #picture: Picture;
  readonly #warn: (message: string) => void;
  readonly #timer: NodeJS.Timeout;
  #written = 0;
  #writing = false;

  constructor(file: string, picture: Picture, warn: (message: string) => void) {
    this.#file = file;
    this.#picture = picture;
    this.#warn = warn;
    this.#timer = setInterval(() => void this.#update(), INTERVAL);
  }

  /** Writes what is on the screen, or was when it went off. */
  close(): void {
    clearInterval(this.#timer);
    const version = this.#picture.look();
    const png = this.#picture.pngNow();
    if (png === undefined) {
      this.#warn(`${this.#file} was not written: nothing has ever been on the screen`);
      return;
    }
    if (version === this.#written && !this.#writing) return;
    try {
      writeFileSync(this.#staging('last'), png);
      renameSync(this.#staging('last'), this.#file);
    } catch (error) {
      this.#complain(error);
    }
  }

  async #update(): Promise<void> {
    const version = this.#picture.look();
    if (version === this.#written || this.#writing) return;
    this.#writing = true;
    try {
      await writeFile(this.#staging('next'), (await this.#picture.png()) ?? '');
      await rename(this.#staging('next'), this.#file);
      this.#written = version;
    } catch (error) {
      clearInterval(this.#timer);
      this.#complain(error);
    }
    this.#writing = false;
  }

  #staging(name: string): string {
    return `${this.#file}.${process.pid}.${name}`;
  }

  #complain(error: unknown): void {
    this.#warn(`the picture cannot be written: ${(error as Error).message}`);
  }
}
