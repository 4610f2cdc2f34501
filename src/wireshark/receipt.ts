import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../errors.ts';

const receipt = z.object({ version: z.literal(1), files: z.record(z.string(), z.string()) });

/** What has been installed: by path, the SHA-256 of what was written there. */
export type InstalledFiles = Record<string, string>;

/** The name of the file that remembers the installation, in Wireshark's configuration. */
const FILE = 'pciem-installed.json';

export async function readReceipt(configuration: string): Promise<InstalledFiles> {
  const path = join(configuration, FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const parsed = receipt.safeParse(parse(text));
  if (!parsed.success) {
    throw new Failure(`${path} does not say what pciem has installed`, [`Remove it, then install again: rm ${path}`]);
  }
  return parsed.data.files;
}

export async function writeReceipt(configuration: string, files: InstalledFiles): Promise<void> {
  const path = join(configuration, FILE);
  if (Object.keys(files).length === 0) {
    await rm(path, { force: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ version: 1, files }, undefined, 2)}\n`);
}

export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
