import { bar, defineDevice, reg32, reg64, ro, rw } from '@pciem/sdk';
import { plug, type SimHost } from '@pciem/sdk/testing';
import { describe, expect, test } from 'vitest';
import { proxyDevice } from '../core/proxy-device.ts';
import { parseRules, RuleSource, type RuleStates } from './rule-source.ts';
import { rulesJsonSchema } from './schema.ts';

const device = defineDevice({
  name: 'sample',
  identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
  interrupts: { msix: 2, intx: 'A' },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        CTRL: reg32(0),
        STATUS: reg32(4, { fields: { READY: ro(0), MODE: rw(4, 7) } }),
        DATA: reg32.array(0x10, { count: 2 }),
        RING: reg64(0x20),
      },
    }),
  ],
});

async function hostWith(yaml: string, states?: RuleStates): Promise<SimHost> {
  const rules = parseRules('rules.yaml', yaml);
  const hooks = (session: never) => [new RuleSource(rules, session, states)];
  return plug(proxyDevice(device, {}, { mode: 'hook', hooks: hooks as never, explain: false }));
}

const reads = (host: SimHost, offset: number, count: number) =>
  Array.from({ length: count }, () => host.read32(0, offset));

function mistakes(yaml: string): readonly string[] {
  try {
    parseRules('r.yaml', yaml);
  } catch (error) {
    return (error as { nextSteps: string[] }).nextSteps;
  }
  return [];
}

describe('answers', () => {
  test('a value, fields, bits', async () => {
    const host = await hostWith(`rules:
  - match: {register: CTRL}
    answer: {value: 0x12}
  - match: {register: status}
    answer: {fields: {READY: 1, MODE: 5}}
  - match: {offset: 0x10}
    answer: {set: 0x80000000, clear: 0x1}
  - match: {register: 'DATA[1]'}
    answer: {echo: true, set: 0x100}`);
    host.write32(0, 0x10, 3);
    host.write32(0, 0x14, 7);
    expect([0, 4, 0x10, 0x14].map((offset) => host.read32(0, offset))).toEqual([0x12, 0x51, 0x8000_0002, 0x107]);
    expect(host.read8(0, 4)).toBe(0x51);
  });

  test('sequences, counters, random numbers with a seed', async () => {
    const host = await hostWith(`rules:
  - match: {register: CTRL}
    answer: {sequence: [1, 2, 3]}
  - match: {register: STATUS}
    answer: {sequence: [8, 9], end: repeat}
  - match: {offset: 0x10}
    answer: {value: 5, increment: 2}
  - match: {offset: 0x14}
    answer: {random: {seed: 1, min: 10, max: 12}}`);
    expect(reads(host, 0, 4)).toEqual([1, 2, 3, 3]);
    expect(reads(host, 4, 3)).toEqual([8, 9, 8]);
    expect(reads(host, 0x10, 3)).toEqual([5, 7, 9]);
    const random = reads(host, 0x14, 20);
    expect([Math.min(...random), Math.max(...random)]).toEqual([10, 12]);
    host.reset();
    host.writeConfig16(4, 6);
    expect(reads(host, 0x14, 20)).toEqual(random);
  });

  test('a delay, a completion status', async () => {
    const host = await hostWith(`rules:
  - match: {register: CTRL}
    answer: {value: 1}
    delay: 20ms
  - match: {register: STATUS}
    answer: {status: CA}`);
    const start = performance.now();
    expect(await host.readLater(0, 0, 4)).toBe(1n);
    expect(performance.now() - start).toBeGreaterThan(15);
    expect(await host.readLater(0, 4, 4)).toBe(0xffff_ffff_ffff_ffffn & 0xffff_ffffn);
  });
});

describe('matches', () => {
  test('nth, width, written values, after a write', async () => {
    const host = await hostWith(`rules:
  - match: {register: CTRL, nth: 2}
    answer: {value: 22}
  - match: {register: CTRL, nth: 4..}
    answer: {value: 44}
  - match: {offset: 0x10, width: 16}
    answer: {value: 16}
  - match: {register: STATUS, after: {register: CTRL, value: 1, mask: 1, reads: 2}}
    answer: {fields: {READY: 1}}
  - match: {offset: 0x14, access: write, value: 0xff, mask: 0xf0}
    drop: true`);
    expect(reads(host, 0, 5)).toEqual([0, 22, 0, 44, 44]);
    expect([host.read32(0, 0x10), host.read16(0, 0x10)]).toEqual([0, 16]);
    expect(reads(host, 4, 2)).toEqual([0, 0]);
    host.write32(0, 0, 2);
    expect(reads(host, 4, 4)).toEqual([0, 0, 0, 0]);
    host.write32(0, 0, 3);
    expect(reads(host, 4, 4)).toEqual([0, 0, 1, 1]);
    host.write32(0, 0x14, 0x0f);
    host.write32(0, 0x14, 0xf1);
    expect(host.read32(0, 0x14)).toBe(0x0f);
  });

  test('keep their counts when the rules are read again', async () => {
    const states: RuleStates = new Map();
    const yaml = `rules: [{name: a, match: {register: CTRL}, answer: {sequence: [1, 2, 3]}}]`;
    expect(reads(await hostWith(yaml, states), 0, 2)).toEqual([1, 2]);
    expect(reads(await hostWith(yaml.replace('[1,', '[7,'), states), 0, 1)).toEqual([3]);
  });
});

describe('effects', () => {
  test('interrupts, stores, marks', async () => {
    const host = await hostWith(`rules:
  - match: {register: CTRL, access: write, value: 1}
    mark: started
    store: [{register: STATUS, fields: {READY: 1}, time: 5ms}, {register: 'DATA[0]', value: 9}]
    interrupt: {vector: 1, time: 10ms}`);
    host.write32(0, 0, 1);
    expect([host.read32(0, 4), host.read32(0, 0x10)]).toEqual([0, 9]);
    await host.waitForIrq(1);
    expect(host.read32(0, 4)).toBe(1);
    expect(host.logs).toMatchObject([{ text: 'started' }]);
  });

  test('DMA at the address that the driver has written', async () => {
    const host = await hostWith(`rules:
  - match: {register: CTRL, access: write}
    dma_read: {address: {register: RING}, length: 4}
    dma_write: {address: {register: RING, plus: 4}, bytes: 'de ad'}`);
    const memory = host.memory.alloc(16);
    memory.bytes.set([1, 2, 3, 4]);
    host.write64(0, 0x20, BigInt(memory.address));
    host.write32(0, 0, 1);
    expect([...memory.bytes.subarray(4, 7)]).toEqual([0xde, 0xad, 0]);
    expect(host.logs[0]?.text).toMatch(/rule 1 \(rules.yaml:2:5\): 4 bytes at 0x[0-9a-f]+: 01 02 03 04$/);
    host.write64(0, 0x20, 0n);
    host.write32(0, 0, 1);
    expect(host.logs.at(-1)).toMatchObject({ level: 'warn' });
  });
});

describe('mistakes point at line and column', () => {
  test.each([
    [
      'rules:\n  - match: {register: A}\n    anser: {value: 1}',
      ['r.yaml:3:5: rules.0.anser: Unrecognized key: "anser"'],
    ],
    ['rules:\n  - match:\n      offset: -4', [expect.stringMatching(/^r.yaml:3:7: rules.0.match.offset: Too small/)]],
    ['rules:\n  - match: {}', ['r.yaml:2:5: rules.0.match: give either register or offset']],
    ['rules:\n  - {match: {offset: 0}, delay: 3 days}', [expect.stringContaining('give a time such as')]],
    ['rules: [', [expect.stringMatching(/^r.yaml:1:9: /)]],
    ['', [expect.stringMatching(/^r.yaml:1:1: /)]],
  ])('%s', (yaml, expected) => {
    expect(mistakes(yaml)).toEqual(expected);
  });

  test('a register and a field that are not there', async () => {
    await expect(hostWith('rules:\n  - match: {register: STATE}\n    answer: {value: 1}')).rejects.toMatchObject({
      message: 'rules.yaml:2:5: there is no register STATE',
      nextSteps: ['there are: STATUS'],
    });
    await expect(
      hostWith('rules:\n  - match: {register: STATUS}\n    answer: {fields: {BUSY: 1}}'),
    ).rejects.toMatchObject({ nextSteps: ['there are: READY, MODE'] });
  });
});

test('the JSON schema describes what a rule can say', () => {
  const text = JSON.stringify(rulesJsonSchema());
  for (const word of ['dma_write', 'sequence', 'hexadecimal', 'after']) expect(text).toContain(word);
});
