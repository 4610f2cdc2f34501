import { readFile } from 'node:fs/promises';
import { UsageFailure } from '../../errors.ts';
import { readRecording } from '../../model/recording.ts';
import type { Shape } from '../shape/shape.ts';
import { shapeOfRecording } from './capture-shape.ts';
import { shapeOfConfig } from './config-shape.ts';
import { chooseDevice, parseLspci } from './lspci.ts';
import { BDF, readSysfs } from './sysfs.ts';

const PCAPNG = 0x0a0d0d0a;

/** The twin of a device of this machine, of one in output of lspci (`FILE@ADDRESS` of several), or of a captured one. */
export async function cloneShape(source: string, note: (line: string) => void): Promise<Shape> {
  if (BDF.test(source)) return shapeOfConfig(await readSysfs(source), note);
  const [, file = source, address] = /^(.+)@([0-9a-f:.]+)$/i.exec(source) ?? [];
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageFailure(`--clone ${source}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`, [
      'Give an address such as 03:00.0, a file of lspci -vvxxxx, or a capture',
    ]);
  });
  if (bytes.length >= 4 && bytes.readUInt32LE(0) === PCAPNG) return shapeOfRecording(await readRecording(file));
  return shapeOfConfig(chooseDevice(file, parseLspci(bytes.toString('utf8')), address), note);
}
