import { readFile } from 'node:fs/promises';
import type { RegisterMap } from './types.ts';

export interface LoadOptions {
  /** CMSIS-SVD: the peripherals that become BARs 0, 1 and so on; all of them when left out. */
  readonly peripherals?: readonly string[];
}

/**
 * Loads a register map from a file: YAML (or JSON), or CMSIS-SVD, which is told from its contents. Throws a
 * RegisterMapError that says what to mend where, or the error of reading the file.
 */
export async function loadRegisterMap(path: string, options: LoadOptions = {}): Promise<RegisterMap> {
  return parseRegisterMap(await readFile(path, 'utf8'), path, options);
}

/** As `loadRegisterMap`, of the contents of a file that messages call `file`. */
export async function parseRegisterMap(text: string, file: string, options: LoadOptions = {}): Promise<RegisterMap> {
  // Each parser is loaded when there is something for it, as that takes its time where the CPU is emulated.
  if (/^\uFEFF?\s*</.test(text)) return (await import('./svd.ts')).parseSvdMap(text, file, options.peripherals);
  return (await import('./yaml.ts')).parseYamlMap(text, file);
}
