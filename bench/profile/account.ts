import { type CodeSymbol, isKernel, type Layer, numberOf, SymbolTable } from './symbols.ts';

/** What a layer or a function has executed, of one operation. */
export interface Share {
  name: string;
  instructions: number;
  /** Translation blocks: TCG takes time for each, so loops over single bytes show here. */
  blocks: number;
}

export interface Account {
  total: Share;
  layers: Share[];
  functions: (Share & { layer: Layer })[];
}

/** bench/plugin/profile.c: struct profile. */
const HEADER_WORDS = 2;
const BLOCK_WORDS = 3;

/** The part of the profile file that counts `executions`, as `counting` is set in it. */
export const COUNTING_OFFSET = 8;

/** Adds up a file of bench/plugin/profile.c. Throws a RangeError if blocks found no room in it. */
export function account(profile: Uint8Array, symbols: readonly CodeSymbol[], operations: number): Account {
  const words = new BigUint64Array(profile.buffer, profile.byteOffset, profile.byteLength >>> 3);
  const room = Math.floor((words.length - HEADER_WORDS) / BLOCK_WORDS);
  const count = Number(words[0]);
  if (count > room) throw new RangeError(`${count - room} translation blocks were not counted: profile for less time`);
  const table = new SymbolTable(symbols);
  const functions = new Map<string, Share & { layer: Layer }>();
  for (let at = HEADER_WORDS, end = at + count * BLOCK_WORDS; at < end; at += BLOCK_WORDS) {
    const executions = Number(words[at + 2]) / operations;
    if (executions === 0) continue;
    const address = numberOf(words[at] as bigint);
    const { name, layer } = table.at(address) ?? unknown(address);
    const share = functions.get(name) ?? { name, layer, instructions: 0, blocks: 0 };
    share.instructions += executions * Number(words[at + 1]);
    share.blocks += executions;
    functions.set(name, share);
  }
  const all = [...functions.values()].sort((a, b) => b.instructions - a.instructions);
  const layers = [...Map.groupBy(all, ({ layer }) => layer)].map(([layer, members]) => sum(layer, members));
  return {
    total: sum('all', all),
    layers: layers.sort((a, b) => b.instructions - a.instructions),
    functions: all,
  };
}

function unknown(address: number): { name: string; layer: Layer } {
  if (isKernel(address)) return { name: 'unknown kernel code', layer: 'kernel: the rest' };
  const layer = 'fio, libraries and the rest';
  return { name: layer, layer };
}

function sum(name: string, shares: readonly Share[]): Share {
  return {
    name,
    instructions: shares.reduce((total, { instructions }) => total + instructions, 0),
    blocks: shares.reduce((total, { blocks }) => total + blocks, 0),
  };
}
