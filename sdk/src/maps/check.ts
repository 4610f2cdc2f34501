import { checkBarContents } from '../compile/check-bar.ts';
import { isDeviceDefinitionError } from '../errors.ts';
import { barSpecOf } from './bars.ts';
import { RegisterMapError } from './error.ts';
import type { RegisterMap } from './types.ts';

type Path = readonly (string | number)[];

/**
 * Checks what no schema can: that registers lie in their BARs and not on each other, and that names are unique.
 * `place` says where something of the map is in its file. Throws a RegisterMapError.
 */
export function checkBars(map: RegisterMap, place: (path: Path) => string): void {
  const problems = [...repeatedNames(map, place)];
  map.bars.forEach((bar, b) => {
    try {
      checkBarContents(barSpecOf(bar), undefined);
    } catch (error) {
      if (!isDeviceDefinitionError(error)) throw error;
      const name = /register ([^\s:]+)/.exec(error.message)?.[1];
      const index = bar.registers.findIndex((register) => register.name === name);
      problems.push(`${place(index < 0 ? ['bars', b] : ['bars', b, 'registers', index])}: ${error.message}`);
    }
  });
  if (problems.length > 0) throw new RegisterMapError(problems);
}

function* repeatedNames(map: RegisterMap, place: (path: Path) => string): Generator<string> {
  const seen = new Set<string>();
  for (const [b, bar] of map.bars.entries()) {
    for (const [r, { name, aliases = {}, fields }] of bar.registers.entries()) {
      const path = ['bars', b, 'registers', r];
      for (const each of [name, ...Object.keys(aliases)]) {
        if (seen.has(each)) yield `${place(path)}: there is a register ${each} already; rename one`;
        seen.add(each);
      }
      const own = new Set<string>();
      for (const [f, field] of fields.entries()) {
        if (own.has(field.name)) {
          yield `${place([...path, 'fields', f])}: register ${name} has a field ${field.name} already; rename one`;
        }
        own.add(field.name);
      }
    }
  }
}
