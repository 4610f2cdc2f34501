import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeviceDefinition } from '../index.ts';
import { plug } from '../testing/index.ts';
import { deviceFromMap, type MapAccess } from './device.ts';
import { RegisterMapError } from './error.ts';
import { loadRegisterMap } from './load.ts';
import { mapJsonSchema } from './schema.ts';
import { parseYamlMap } from './yaml.ts';

const file = (path: string) => new URL(`../../../${path}`, import.meta.url);

function problems(text: string): readonly string[] {
  try {
    parseYamlMap(text, 'regs.yaml');
  } catch (error) {
    if (error instanceof RegisterMapError) return error.problems;
    throw error;
  }
  return [];
}

const registers = (lines: string) => `name: x\nbars:\n  - index: 0\n    size: 4K\n    registers:\n${lines}`;

describe('YAML register maps', () => {
  it('are what docs/register-maps.md shows', async () => {
    const [, shown] = /^```yaml\n(.*?)^```/ms.exec(readFileSync(file('docs/register-maps.md'), 'utf8')) ?? [];
    expect(readFileSync(file('docs/example-map.yaml'), 'utf8')).toBe(shown);
    const map = await loadRegisterMap(file('docs/example-map.yaml').pathname);
    expect(map).toMatchObject({
      name: 'stepper',
      identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
      interrupts: { msix: 2 },
      bars: [{ index: 0, size: 4096 }],
    });
    const [id, ctrl, status, position, step] = map.bars[0]?.registers ?? [];
    expect(id).toEqual({ name: 'ID', offset: 0, width: 32, access: 'ro', reset: 0x05e9_0001, fields: [] });
    expect(ctrl).toMatchObject({ access: 'ro', description: 'Starts and stops' });
    expect(ctrl?.fields).toEqual([
      { name: 'ENABLE', lsb: 0, msb: 0, access: 'rw' },
      { name: 'MODE', lsb: 1, msb: 2, access: 'rw', reset: 1, values: { full: 0, half: 1, micro: 2 } },
    ]);
    expect(status?.fields.map(({ access }) => access)).toEqual(['ro', 'w1c', 'rc']);
    expect(position).toMatchObject({ width: 64, access: 'rw' });
    expect(step).toMatchObject({ width: 16, count: 8, stride: 4 });
  });

  it('become devices by the code in docs/register-maps.md', async () => {
    const [, code = ''] = /^```ts\n(.*?)^```/ms.exec(readFileSync(file('docs/register-maps.md'), 'utf8')) ?? [];
    const directory = mkdtempSync(new URL('../../.maps-', import.meta.url).pathname);
    try {
      const map = file('docs/example-map.yaml').pathname;
      writeFileSync(join(directory, 'device.ts'), code.replace('docs/example-map.yaml', map));
      const { default: device } = await import(join(directory, 'device.ts'));
      const host = await plug(device as DeviceDefinition);
      expect(host.read32(0, 0)).toBe(0x05e9_0001);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('hold 64-bit values exactly', () => {
    const map = parseYamlMap(
      registers('      - { name: A, offset: 0, width: 64, reset: 0xfedc_ba98_7654_3210 }\n') +
        '      - { name: B, offset: 8, width: 64, reset: 0xffffffffffffffff }\n',
      'regs.yaml',
    );
    expect(map.bars[0]?.registers.map(({ reset }) => reset)).toEqual([0xfedcba9876543210n, 0xffffffffffffffffn]);
  });

  it.each<[string, string, string]>([
    ['syntax', 'name: [x', 'regs.yaml:1:9: '],
    ['nothing', '', 'regs.yaml:1:1: '],
    ['a missing key', 'name: x\n', 'regs.yaml:1:1: bars: give a list of BARs'],
    [
      'an unknown key',
      registers('      - { name: A, ofset: 0, offset: 4 }'),
      "regs.yaml:6:20: bars[0].registers[0]: there is no 'ofset' here",
    ],
    [
      'an access',
      registers('      - name: A\n        offset: 0\n        access: read'),
      'regs.yaml:8:17: bars[0].registers[0].access: give one of rw',
    ],
    [
      'a width',
      registers('      - { name: A, offset: 0, width: 12 }'),
      'regs.yaml:6:38: bars[0].registers[0].width: give 8, 16, 32 or 64',
    ],
    [
      'bits',
      registers('      - { name: A, offset: 0, fields: [{ name: F, bits: 4-7 }] }'),
      'regs.yaml:6:57: bars[0].registers[0].fields[0].bits: give a bit, such as 3',
    ],
    ['a size', 'name: x\nbars: [{ index: 0, size: 4Kib2 }]', 'regs.yaml:2:26: bars[0].size: give a number of bytes'],
    [
      'overlap',
      registers('      - { name: A, offset: 0 }\n      - { name: B, offset: 0 }'),
      'regs.yaml:7:9: bar 0: register B at 0x0 overlaps register A',
    ],
    [
      'a register outside',
      registers('      - { name: A, offset: 0x1000 }'),
      'regs.yaml:6:9: bar 0: register A: bytes 0x1000 to 0x1003 are not inside the BAR',
    ],
    [
      'a name twice',
      registers('      - { name: A, offset: 0 }\n      - { name: A, offset: 4 }'),
      'regs.yaml:7:9: there is a register A already',
    ],
    [
      'fields that share bits',
      registers('      - { name: A, offset: 0, fields: [{ name: F, bits: 3:0 }, { name: G, bits: 3 }] }'),
      'regs.yaml:6:9: bar 0: register A: field G shares bits 0x8',
    ],
    [
      'a reset value',
      registers('      - { name: A, offset: 0, reset: 0x1_0000_0000 }'),
      'regs.yaml:6:9: bar 0: register A: reset value 0x100000000 must be',
    ],
  ])('reports %s with its place', (_what, text, problem) => {
    expect(problems(text).join('\n')).toContain(problem);
  });

  it('reports every problem of a file', () => {
    expect(problems(registers('      - { name: A }\n      - { offset: x }'))).toHaveLength(3);
  });

  it('knows further places of a register', async () => {
    const map = parseYamlMap(
      registers('      - { name: A, offset: 0, width: 16, access: w1c, reset: 7, aliases: { A_SET: 8 } }'),
      'regs.yaml',
    );
    const host = await plug(deviceFromMap(map, { identity: { vendor: 1, device: 2, class: 0 } }));
    host.write16(0, 8, 3);
    expect([host.read16(0, 0), host.read16(0, 8)]).toEqual([4, 4]);
    const seen: string[] = [];
    const onAccess = ({ register }: MapAccess) => seen.push(register?.name ?? '');
    const watched = await plug(deviceFromMap(map, { identity: { vendor: 1, device: 2, class: 0 }, onAccess }));
    watched.write16(0, 8, 3);
    expect([watched.read16(0, 0), watched.read16(0, 8)]).toEqual([4, 4]);
    expect(seen).toEqual(['A_SET', 'A', 'A_SET']);
  });

  it('knows further places of an array', async () => {
    const array =
      '      - { name: A, offset: 0, width: 16, access: w1c, reset: 7, count: 2, stride: 4, aliases: { B: 0x12 } }';
    const map = parseYamlMap(registers(array), 'regs.yaml');
    const identity = { vendor: 1, device: 2, class: 0 };
    const host = await plug(deviceFromMap(map, { identity }));
    host.write16(0, 0x16, 3);
    expect([0, 4, 0x12, 0x16].map((at) => host.read16(0, at))).toEqual([7, 4, 7, 4]);
    const seen: string[] = [];
    const onAccess = ({ register }: MapAccess) => seen.push(register?.name ?? '');
    const watched = await plug(deviceFromMap(map, { identity, onAccess }));
    watched.write16(0, 0x16, 3);
    expect([0, 4, 0x12, 0x16, 0x14].map((at) => watched.read16(0, at))).toEqual([7, 4, 7, 4, 0]);
    expect(seen).toEqual(['B[1]', 'A[0]', 'A[1]', 'B[0]', 'B[1]', '']);
    expect(problems(registers('      - { name: A, offset: 0, count: 2, aliases: { B: 4 } }')).join()).toContain(
      'regs.yaml:6:9: bar 0: register A: alias B: element 0 at 0x4 overlaps register A: element 1, which ends at 0x7',
    );
  });

  it('have a JSON schema in the package', () => {
    const packed = JSON.parse(readFileSync(file('sdk/register-map.schema.json'), 'utf8'));
    expect(mapJsonSchema()).toEqual(packed);
  });
});
