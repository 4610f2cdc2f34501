import { expect, test } from 'vitest';
import { account } from './account.ts';
import { compiledSymbols, kernelSymbols, nodeSymbols } from './symbols.ts';

const kallsyms = `ffffffff81000000 T _stext
ffffffff81000100 t memcpy
ffffffffc0000000 t pciem_emulate\t[pciem]
ffffffffc0001000 t nvme_irq\t[nvme]
ffffffffc0002000 d not_code\t[nvme]
`;
const perfMap = `7f0000001000 40 JS:~read file:///old.js:1:1
7f0000001000 80 JS:*read file:///new.js:1:1
7f0000002000 10 Builtin:AtomicsLoad
`;
const nm = `0000000000746000 T main
0000000000746100 t v8::internal::compiler::Reducer::Reduce(Node*)
0000000000746200 T Builtins_AtomicsLoad
0000000003200000 B not_code
`;
const symbols = [...kernelSymbols(kallsyms), ...compiledSymbols(perfMap), ...nodeSymbols(nm)];

/** Blocks as address, instructions, executions. */
function profile(blocks: [address: bigint, instructions: bigint, executions: bigint][], room = blocks.length) {
  const words = new BigUint64Array(2 + room * 3);
  words[0] = BigInt(blocks.length);
  blocks.flat().forEach((word, index) => {
    if (2 + index < words.length) words[2 + index] = word;
  });
  return new Uint8Array(words.buffer);
}

test('instructions and blocks go to their functions and layers, by operation', () => {
  const { total, layers, functions } = account(
    profile([
      [0xffffffff81000110n, 2n, 1000n],
      [0xffffffffc0000020n, 5n, 100n],
      [0xffffffffc0000040n, 5n, 100n],
      [0xffffffffc0001000n, 1n, 100n],
      [0x7f0000001010n, 10n, 10n],
      [0x7f0000002001n, 1n, 10n],
      [0x7f0000002010n, 7n, 10n],
      [0x746110n, 3n, 10n],
      [0x746210n, 3n, 10n],
      [0x746010n, 4n, 10n],
      [0x123n, 4n, 0n],
    ]),
    symbols,
    10,
  );
  expect(total).toEqual({ name: 'all', instructions: 200 + 100 + 10 + 10 + 1 + 7 + 3 + 3 + 4, blocks: 130 + 6 });
  expect(functions.slice(0, 2)).toEqual([
    { name: 'memcpy', layer: 'kernel: copying and clearing', instructions: 200, blocks: 100 },
    { name: 'pciem_emulate [pciem]', layer: 'kernel: pciem', instructions: 100, blocks: 20 },
  ]);
  expect(Object.fromEntries(layers.map(({ name, instructions }) => [name, instructions]))).toEqual({
    'kernel: copying and clearing': 200,
    'kernel: pciem': 100,
    'kernel: nvme driver': 10,
    'device: JavaScript': 10,
    'device: built-ins of V8': 4,
    'device: compilers of V8': 3,
    'device: Node, libuv, koffi': 4,
    'fio, libraries and the rest': 7,
  });
  expect(functions.map(({ name }) => name)).toContain('JS:*read file:///new.js:1:1');
});

test('blocks without room in the file are not passed over', () => {
  expect(() =>
    account(
      profile(
        [
          [1n, 1n, 1n],
          [2n, 1n, 1n],
        ],
        1,
      ),
      symbols,
      1,
    ),
  ).toThrow('1 translation blocks');
});
