import { readFile } from 'node:fs/promises';
import type { RegisterMap } from './types.ts';
import { parseYamlMap } from './yaml.ts';

/**
 * Loads a register map from a YAML (or JSON) file. Throws a RegisterMapError that says what to mend where, or the error
 * of reading the file.
 */
export async function loadRegisterMap(path: string): Promise<RegisterMap> {
  return parseYamlMap(await readFile(path, 'utf8'), path);
}
