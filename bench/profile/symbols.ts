/** Whose instructions these are. */
export type Layer =
  | 'kernel: pciem'
  | 'kernel: nvme driver'
  | 'kernel: copying and clearing'
  | 'kernel: the rest'
  | 'device: JavaScript'
  | 'device: built-ins of V8'
  | 'device: compilers of V8'
  | 'device: Node, libuv, koffi'
  | 'fio, libraries and the rest';

/** A function in the guest's memory. */
export interface CodeSymbol {
  start: number;
  /** Bytes; without it, up to the next one. */
  size?: number;
  name: string;
  layer: Layer;
}

/** The kernel's half of the address space. Numbers are exact up to 2^53 only, and user space ends at 2^47. */
const KERNEL = 0xffff_8000_0000_0000n;
const KERNEL_NUMBER = 2 ** 48;
const COPYING = /^(rep_movs|copy_|_copy|__copy|memcpy|memset|clear_page|rep_stos)/;

/** An address as a number that is exact: the kernel's half follows user space's. */
export function numberOf(address: bigint): number {
  return address >= KERNEL ? Number(address - KERNEL) + KERNEL_NUMBER : Number(address);
}

export function isKernel(address: number): boolean {
  return address >= KERNEL_NUMBER;
}

/** Functions of /proc/kallsyms. */
export function kernelSymbols(text: string): CodeSymbol[] {
  return text
    .split('\n')
    .map((line) => /^([0-9a-f]+) [tTwW] (\S+)(?:\s+\[(\w+)\])?$/.exec(line))
    .filter((match) => match !== null)
    .map(([, address = '', name = '', module]) => ({
      start: numberOf(BigInt(`0x${address}`)),
      name: module === undefined ? name : `${name} [${module}]`,
      layer: kernelLayer(name, module),
    }));
}

function kernelLayer(name: string, module: string | undefined): Layer {
  if (module === 'pciem') return 'kernel: pciem';
  if (module?.startsWith('nvme')) return 'kernel: nvme driver';
  return COPYING.test(name) ? 'kernel: copying and clearing' : 'kernel: the rest';
}

/** Functions that V8 has compiled, from the file that --perf-basic-prof makes: the last at an address counts. */
export function compiledSymbols(text: string): CodeSymbol[] {
  return text
    .split('\n')
    .map((line) => /^([0-9a-f]+) ([0-9a-f]+) (.+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, address = '', size = '', name = '']) => ({
      start: Number(`0x${address}`),
      size: Number(`0x${size}`),
      name,
      layer: /^(Builtin|BytecodeHandler|RegExp|Stub)/.test(name) ? 'device: built-ins of V8' : 'device: JavaScript',
    }));
}

/** Functions of the Node binary, which is linked to a fixed address, as `nm --demangle --defined-only` lists them. */
export function nodeSymbols(text: string): CodeSymbol[] {
  return text
    .split('\n')
    .map((line) => /^([0-9a-f]+) [tTwW] (.+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, address = '', name = '']) => ({ start: Number(`0x${address}`), name, layer: nodeLayer(name) }));
}

function nodeLayer(name: string): Layer {
  if (name.startsWith('Builtins_')) return 'device: built-ins of V8';
  return /v8::internal::(compiler|maglev|baseline|wasm)/.test(name)
    ? 'device: compilers of V8'
    : 'device: Node, libuv, koffi';
}

/** Finds the function at an address. */
export class SymbolTable {
  readonly #symbols: CodeSymbol[];

  /** Later ones take the place of earlier ones that start at the same address. */
  constructor(symbols: readonly CodeSymbol[]) {
    const byStart = new Map(symbols.map((symbol) => [symbol.start, symbol]));
    this.#symbols = [...byStart.values()].sort((a, b) => a.start - b.start);
  }

  at(address: number): CodeSymbol | undefined {
    let low = 0;
    let high = this.#symbols.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#symbols[middle] as CodeSymbol).start <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = this.#symbols[low - 1];
    return symbol && (symbol.size === undefined || address < symbol.start + symbol.size) ? symbol : undefined;
  }
}
