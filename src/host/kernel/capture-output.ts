import { CaptureFile } from './capture-file.ts';
import { HoldBack } from './capture-holdback.ts';
import { CaptureRotation } from './capture-rotation.ts';
import { type CaptureSettings, isRotating } from './capture-settings.ts';

/** Where the blocks of a capture go. */
export interface CaptureOutput {
  /** Takes whole blocks of a section; uses them up before it returns. */
  readonly write: (chunk: Uint8Array) => void;
  /** What was waited for has come: lets what is held back go. */
  release(): void;
  /** Everything is on disk when this returns. */
  close(): void;
}

/** Opens the file, files or pipe that the settings ask for. */
export function openCaptureOutput(path: string, settings: CaptureSettings): CaptureOutput {
  const { compression, before } = settings;
  const file = isRotating(settings) ? new CaptureRotation(path, settings) : new CaptureFile(path, compression);
  const held = before === undefined ? undefined : new HoldBack(file.write, before);
  return {
    write: held?.write ?? file.write,
    release: () => held?.release(),
    close: () => {
      // The capture has ended without what was waited for: the last packets are better than none.
      held?.release();
      file.close();
    },
  };
}
