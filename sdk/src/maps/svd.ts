import { BAR_MAX_BYTES, BAR_MIN_BYTES } from '../spaces.ts';
import { RegisterMapError } from './error.ts';
import { SvdDeriver } from './svd-derive.ts';
import { svdRegisters } from './svd-registers.ts';
import { childrenOf, itemsOf, nameOf, parseSvdTree, type SvdElement, textOf } from './svd-tree.ts';
import { inheritProperties, numberOf, type SvdProperties } from './svd-values.ts';
import type { MapBar, MapRegister, RegisterMap } from './types.ts';

const MAX_BARS = 6;
const DEFAULTS: SvdProperties = { size: 32, access: 'read-write', resetValue: 0n, resetMask: 0xffff_ffff_ffff_ffffn };

/**
 * Reads CMSIS-SVD: each of the `peripherals`, all when left out, becomes a BAR. Throws a RegisterMapError with the place
 * of the problem.
 */
export function parseSvdMap(text: string, file: string, peripherals?: readonly string[]): RegisterMap {
  const device = parseSvdTree(text, file);
  const deriver = new SvdDeriver(device);
  const chosen = choose(itemsOf(device, 'peripherals', 'peripheral'), file, peripherals);
  const notes: string[] = [];
  const defaults = inheritProperties(device, DEFAULTS);
  const bars = chosen.map((declared, index) => {
    const peripheral = deriver.resolve(declared, [device]);
    const registers = svdRegisters({
      deriver,
      peripheral,
      parents: [device, peripheral],
      properties: inheritProperties(peripheral, defaults),
      prefix: chosen.length > 1 ? `${nameOf(peripheral)}_` : '',
      note: (line) => notes.push(line),
    });
    return barOf(index, peripheral, registers);
  });
  const summary = textOf(device, 'description');
  return {
    name: deviceName(nameOf(device)),
    ...(summary !== undefined && { summary }),
    bars,
    ...(notes.length > 0 && { notes }),
  };
}

function choose(all: readonly SvdElement[], file: string, names: readonly string[] | undefined): readonly SvdElement[] {
  const there = `there are: ${all.map(nameOf).join(', ')}`;
  if (all.length === 0) throw new RegisterMapError([`${file}: it describes no peripheral`]);
  const chosen = (names ?? all.map(nameOf)).map((name) => {
    const found = all.find((peripheral) => nameOf(peripheral) === name);
    if (found) return found;
    throw new RegisterMapError([`${file}: it has no peripheral ${name}; ${there}`]);
  });
  if (chosen.length <= MAX_BARS) return chosen;
  throw new RegisterMapError([
    `${file}: ${chosen.length} peripherals are too many for the ${MAX_BARS} BARs of a function; choose some of them; ${there}`,
  ]);
}

function barOf(index: number, peripheral: SvdElement, registers: readonly MapRegister[]): MapBar {
  const blocks = childrenOf(peripheral, 'addressBlock').map(
    (block) => (numberOf(block, 'offset') ?? 0) + (numberOf(block, 'size') ?? 0),
  );
  const ends = registers.map(
    ({ offset, width, count = 1, stride = width / 8 }) => offset + (count - 1) * stride + width / 8,
  );
  const needed = [...blocks, ...ends].reduce((most, end) => Math.max(most, end), 0);
  let size = BAR_MIN_BYTES;
  while (size < needed) size *= 2;
  if (size <= BAR_MAX_BYTES) return { index, size, registers };
  throw new RegisterMapError([
    `${peripheral.place}: peripheral ${nameOf(peripheral)} needs ${needed} bytes, and a BAR has at most ${BAR_MAX_BYTES}`,
  ]);
}

function deviceName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return plain.replaceAll(/^-+|-+$/g, '').slice(0, 31) || 'svd';
}
