import { describe, expect, it } from 'vitest';
import { plug } from '../testing/index.ts';
import { deviceFromMap } from './device.ts';
import { RegisterMapError } from './error.ts';
import { parseRegisterMap } from './load.ts';
import { parseSvdMap } from './svd.ts';

const device = (peripherals: string) => `<?xml version="1.0" encoding="utf-8"?>
<device schemaVersion="1.3">
  <name>ACME_123</name>
  <description>A chip
    of two lines</description>
  <size>32</size>
  <access>read-write</access>
  <resetValue>0</resetValue>
  <peripherals>${peripherals}</peripherals>
</device>`;

const timer = `
  <peripheral>
    <name>TIMER0</name>
    <baseAddress>0x40010000</baseAddress>
    <addressBlock><offset>0</offset><size>0x1400</size><usage>registers</usage></addressBlock>
    <registers>
      <register>
        <name>CR</name><description>Control</description><addressOffset>0x00</addressOffset>
        <resetValue>0x00000104</resetValue><resetMask>0xff</resetMask>
        <fields>
          <field><name>EN</name><bitRange>[0:0]</bitRange>
            <enumeratedValues><name>EnableValues</name>
              <enumeratedValue><name>off</name><value>0</value></enumeratedValue>
              <enumeratedValue><name>on</name><value>#1</value></enumeratedValue>
            </enumeratedValues>
          </field>
          <field derivedFrom="EN"><name>RST</name><lsb>1</lsb><msb>1</msb><access>write-only</access></field>
          <field><name>CNT</name><bitOffset>2</bitOffset><bitWidth>2</bitWidth>
            <enumeratedValues derivedFrom="EnableValues"/>
          </field>
          <field><name>G%s</name><dim>2</dim><dimIncrement>4</dimIncrement><dimIndex>A,B</dimIndex>
            <bitOffset>8</bitOffset><bitWidth>4</bitWidth></field>
        </fields>
      </register>
      <register>
        <name>SR</name><addressOffset>4</addressOffset>
        <fields>
          <field><name>MATCH</name><bitOffset>0</bitOffset><modifiedWriteValues>oneToClear</modifiedWriteValues></field>
          <field><name>ARM</name><bitOffset>1</bitOffset><modifiedWriteValues>oneToSet</modifiedWriteValues></field>
          <field><name>SEEN</name><bitOffset>2</bitOffset><access>read-only</access><readAction>clear</readAction></field>
          <field><name>FLIP</name><bitOffset>3</bitOffset><modifiedWriteValues>oneToToggle</modifiedWriteValues></field>
        </fields>
      </register>
      <register derivedFrom="CR"><name>CR2</name><addressOffset>8</addressOffset></register>
      <register><name>MATCH[%s]</name><dim>4</dim><dimIncrement>4</dimIncrement><addressOffset>0x20</addressOffset></register>
      <register><name>IRQ%s</name><dim>3</dim><dimIncrement>2</dimIncrement><dimIndex>3-5</dimIndex>
        <size>16</size><access>read-only</access><addressOffset>0x40</addressOffset><resetValue>7</resetValue></register>
      <register><name>ALT</name><addressOffset>0x40</addressOffset></register>
      <cluster>
        <name>CH[%s]</name><dim>2</dim><dimIncrement>0x100</dimIncrement><addressOffset>0x200</addressOffset>
        <size>8</size>
        <register><name>MODE</name><addressOffset>0</addressOffset></register>
        <register><name>LEVEL[%s]</name><dim>2</dim><dimIncrement>1</dimIncrement><addressOffset>8</addressOffset></register>
        <cluster><name>FIFO</name><addressOffset>0x10</addressOffset>
          <register><name>DATA</name><size>32</size><addressOffset>4</addressOffset></register>
        </cluster>
      </cluster>
    </registers>
  </peripheral>`;

const derived = `
  <peripheral derivedFrom="TIMER0">
    <name>TIMER1</name>
    <baseAddress>0x40020000</baseAddress>
    <registers>
      <register><name>EXTRA</name><addressOffset>0x13f8</addressOffset><size>64</size>
        <resetValue>0xfedcba9876543210</resetValue></register>
    </registers>
  </peripheral>`;

const map = parseSvdMap(device(timer), 'chip.svd');
const registers = map.bars[0]?.registers ?? [];
const find = (name: string) => registers.find((register) => register.name === name);

describe('CMSIS-SVD', () => {
  it('makes a BAR of a peripheral', () => {
    expect(map).toMatchObject({ name: 'acme-123', summary: 'A chip of two lines' });
    expect(map.bars).toMatchObject([{ index: 0, size: 0x2000 }]);
    expect(registers.map(({ name, offset, width, count, stride }) => [name, offset, width, count, stride])).toEqual([
      ['CR', 0, 32, undefined, undefined],
      ['SR', 4, 32, undefined, undefined],
      ['CR2', 8, 32, undefined, undefined],
      ['MATCH', 0x20, 32, 4, 4],
      ['IRQ3', 0x40, 16, undefined, undefined],
      ['IRQ4', 0x42, 16, undefined, undefined],
      ['IRQ5', 0x44, 16, undefined, undefined],
      ['CH_MODE', 0x200, 8, 2, 0x100],
      ['CH_LEVEL0', 0x208, 8, 2, 0x100],
      ['CH_LEVEL1', 0x209, 8, 2, 0x100],
      ['CH_FIFO_DATA', 0x214, 32, 2, 0x100],
    ]);
  });

  it('has fields in each of their forms', () => {
    const values = { off: 0, on: 1 };
    const fields = [
      { name: 'EN', lsb: 0, msb: 0, access: 'rw', values },
      { name: 'RST', lsb: 1, msb: 1, access: 'wo', values },
      { name: 'CNT', lsb: 2, msb: 3, access: 'rw', values },
      { name: 'GA', lsb: 8, msb: 11, access: 'rw' },
      { name: 'GB', lsb: 12, msb: 15, access: 'rw' },
    ];
    expect(find('CR')).toEqual({
      name: 'CR',
      offset: 0,
      width: 32,
      reset: 4,
      access: 'ro',
      description: 'Control',
      fields,
    });
    expect(find('CR2')).toMatchObject({ reset: 4, description: 'Control', fields });
  });

  it('has access, reset values and side effects', () => {
    expect(find('SR')?.fields.map(({ name, access }) => [name, access])).toEqual([
      ['MATCH', 'w1c'],
      ['ARM', 'w1s'],
      ['SEEN', 'rc'],
      ['FLIP', 'rw'],
    ]);
    expect(find('IRQ4')).toMatchObject({ access: 'ro', reset: 7 });
    expect(map.notes).toEqual([
      'SR.FLIP: modifiedWriteValues oneToToggle has no effect: writes are stored',
      'ALT is left out: another register is there',
    ]);
  });

  it('derives a peripheral and adds to it', () => {
    const both = parseSvdMap(device(timer + derived), 'chip.svd');
    expect(both.bars.map(({ size }) => size)).toEqual([0x2000, 0x2000]);
    const names = both.bars.map((bar) => bar.registers.map(({ name }) => name));
    expect(names[0]).toContain('TIMER0_CR');
    expect(names[1]).toEqual([...(names[0] ?? []).map((name) => name.replace('TIMER0', 'TIMER1')), 'TIMER1_EXTRA']);
    expect(both.bars[1]?.registers.at(-1)).toMatchObject({ width: 64, reset: 0xfedcba9876543210n, offset: 0x13f8 });
    expect(parseSvdMap(device(timer + derived), 'chip.svd', ['TIMER1']).bars).toHaveLength(1);
  });

  it('is told from its contents, and runs', async () => {
    const loaded = await parseRegisterMap(device(timer + derived), 'chip.svd');
    const host = await plug(deviceFromMap(loaded, { identity: { vendor: 0x1234, device: 1, class: 0xff0000 } }));
    expect([host.read32(0, 0), host.read16(0, 0x42), host.read64(1, 0x13f8)]).toEqual([4, 7, 0xfedcba9876543210n]);
    host.write32(0, 0x30c, 5);
    host.write8(1, 0x309, 5);
    expect([host.read32(0, 0x30c), host.read8(1, 0x309)]).toEqual([0, 5]);
  });

  it.each([
    ['bad XML', '<device><name>x</device>', /^chip\.svd:1:\d+: /],
    ['something else', '<html/>', 'chip.svd:1:1: the outermost element of CMSIS-SVD is <device>, and this is <html>'],
    ['no peripheral', device(''), 'chip.svd: it describes no peripheral'],
    ['a base that is not there', device(derived), 'chip.svd:10:3: derivedFrom="TIMER0": there is no such peripheral'],
    [
      'a derived loop',
      device(
        '<peripheral derivedFrom="B"><name>A</name></peripheral><peripheral derivedFrom="A"><name>B</name></peripheral>',
      ),
      'is derived from itself',
    ],
    [
      'a number',
      device(timer.replace('0x20<', '2x0<')),
      'chip.svd:43:7: <addressOffset> 2x0 of this register is not a number',
    ],
    ['a dimIndex', device(timer.replace('3-5', '3-6')), 'chip.svd:44:7: dimIndex 3-6 names 4, and dim is 3'],
    ['a missing name', device(timer.replace('<name>SR</name>', '')), 'this <register> has no <name>'],
    ['a size', device(timer.replace('<size>16<', '<size>24<')), 'register IRQ3 has 24 bits'],
    [
      'too many',
      device(Array.from({ length: 7 }, (_, n) => `<peripheral><name>P${n}</name></peripheral>`).join('')),
      '7 peripherals are too many for the 6 BARs of a function; choose some of them; there are: P0, P1',
    ],
  ])('reports %s', (_what, text, problem) => {
    expect(() => parseSvdMap(text, 'chip.svd')).toThrow(RegisterMapError);
    expect(() => parseSvdMap(text, 'chip.svd')).toThrow(problem);
  });

  it('reports a peripheral that is not there', () => {
    expect(() => parseSvdMap(device(timer), 'chip.svd', ['GPIO'])).toThrow(
      'it has no peripheral GPIO; there are: TIMER0',
    );
  });
});
