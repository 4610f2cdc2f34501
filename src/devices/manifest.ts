import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { Failure } from '../errors.ts';
import type { DeviceEntry } from './device-entry.ts';

const manifest = z.object({
  pciem: z
    .object({
      devices: z.array(
        z.object({ name: z.string().min(1), entry: z.string().min(1), summary: z.string().default('') }),
      ),
    })
    .optional(),
});

/** The devices listed in a package.json, under `"pciem": {"devices": […]}`. */
export async function readManifest(packageFile: string): Promise<DeviceEntry[]> {
  const text = await readFile(packageFile, 'utf8');
  const parsed = manifest.safeParse(parseJson(packageFile, text));
  if (!parsed.success) throw new Failure(`${packageFile}: ${z.prettifyError(parsed.error)}`);
  const directory = dirname(packageFile);
  return (parsed.data.pciem?.devices ?? []).map((device) => ({ ...device, entry: resolve(directory, device.entry) }));
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${file} is not JSON: ${(error as Error).message}`);
  }
}
