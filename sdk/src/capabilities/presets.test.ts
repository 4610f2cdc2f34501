import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  aer,
  ats,
  bar,
  capability,
  defineDevice,
  deviceSerialNumber,
  doe,
  ltr,
  pasid,
  pcieEndpoint,
  pm,
  reg32,
  vendorSpecific,
  vpd,
} from '../index.ts';
import { plug, type SimHost } from '../testing/index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };
const base = { name: 'presets', identity, bars: [bar(0, { size: 4096 })] };

/** What the real lspci makes of a configuration space. */
function lspci(host: SimHost): string {
  const lines = Array.from({ length: 256 }, (_, row) => {
    const bytes = Array.from({ length: 16 }, (_, n) =>
      host
        .readConfig8(16 * row + n)
        .toString(16)
        .padStart(2, '0'),
    );
    return `${(16 * row).toString(16).padStart(2, '0')}: ${bytes.join(' ')}`;
  });
  const directory = mkdtempSync(join(tmpdir(), 'pciem-lspci-'));
  try {
    writeFileSync(join(directory, 'dump'), `00:01.0 Device: Test\n${lines.join('\n')}\n`);
    return execFileSync('lspci', ['-F', join(directory, 'dump'), '-vvv', '-nn'], { encoding: 'utf8' });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it('are what lspci expects', async () => {
  const capabilities = [
    pm(),
    pcieEndpoint(),
    vendorSpecific(Uint8Array.of(0xca, 0xfe)),
    aer(),
    deviceSerialNumber(0x0123_4567_89ab_cdefn),
    ltr(),
    ats({ queueDepth: 8 }),
    pasid({ width: 16 }),
    doe({ interrupt: 3 }),
    vpd({ identifier: 'Card' }),
  ];
  const host = await plug(defineDevice({ ...base, capabilities }));
  const text = lspci(host);
  expect(text).toContain('Vendor Specific Information: Len=05');
  expect(text).toContain('[100 v2] Advanced Error Reporting');
  expect(text).toMatch(/UESvrt:\s+DLP\+ SDES\+ TLP- FCP\+ CmpltTO- CmpltAbrt- UnxCmplt- RxOF\+ MalfTLP\+/);
  expect(text).toContain('[12c v1] Device Serial Number 01-23-45-67-89-ab-cd-ef');
  expect(text).toContain('[138 v1] Latency Tolerance Reporting');
  expect(text).toMatch(/\[140 v1\] Address Translation Service \(ATS\)\s+ATSCap:\s+Invalidate Queue Depth: 08/);
  expect(text).toMatch(/\[148 v1\] Process Address Space ID \(PASID\)\s+PASIDCap: Exec- Priv-, Max PASID Width: 10/);
  expect(text).toMatch(/\[150 v1\] Data Object Exchange\s+DOECap: IntSup\+\s+Interrupt Message Number 0*3/);
  expect(text).toContain('Vital Product Data');
  expect(text).not.toMatch(/unknown|broken|<chain/i);
});

it('keep what software may write, and clear status bits', async () => {
  const host = await plug(defineDevice({ ...base, capabilities: [pm(), pcieEndpoint(), aer(), ltr()] }));
  host.writeConfig32(0x108, 0xffff_ffff);
  host.writeConfig32(0x12c + 4, 0xffff_ffff);
  expect(host.readConfig32(0x108)).toBe(0x005f_f030);
  expect(host.readConfig32(0x12c + 4)).toBe(0x1fff_1fff);
});

it('are checked', () => {
  expect(() => deviceSerialNumber(1n << 64n)).toThrow('deviceSerialNumber: 0x10000000000000000 does not fit');
  expect(() => ats({ queueDepth: 33 })).toThrow('ats: queueDepth 33 must be 1 to 32');
  expect(() => pasid({ width: 0 })).toThrow('pasid: width 0 must be 1 to 20');
  expect(() => vendorSpecific(new Uint8Array(253))).toThrow('253 bytes are too many');
  const config = { FIRST: reg32(0x100) };
  expect(() => defineDevice({ ...base, config, capabilities: [ltr()] })).toThrow('has to be at 0x100');
});

/** What software does to read and write a dword of VPD. */
function vpdOf(host: SimHost, at = 0x40) {
  return {
    read(address: number): number {
      host.writeConfig16(at + 2, address);
      expect(host.readConfig16(at + 2)).toBe(address | 0x8000);
      return host.readConfig32(at + 4);
    },
    write(address: number, value: number): void {
      host.writeConfig32(at + 4, value);
      host.writeConfig16(at + 2, address | 0x8000);
      expect(host.readConfig16(at + 2)).toBe(address);
    },
  };
}

it('vpd: resources with a checksum, of which only RW can be written', async () => {
  const capabilities = [vpd({ identifier: 'Card', fields: { PN: '12-3', SN: 'A7' }, writable: 6 })];
  const device = defineDevice({ ...base, capabilities });
  const host = await plug(device);
  const data = vpdOf(host);
  const all = () => Buffer.from(Uint32Array.from({ length: 10 }, (_, n) => data.read(4 * n)).buffer);
  const before = all();
  expect(before.subarray(0, 22).toString('latin1')).toBe('\x82\x04\0Card\x90\x10\0PN\x0412-3SN\x02A7');
  expect(before.subarray(0, 26).reduce((sum, byte) => sum + byte) & 0xff).toBe(0);
  expect(before.subarray(26, 39).toString('hex')).toBe(`910900525706${'00'.repeat(6)}78`);
  for (let at = 0; at < 40; at += 4) data.write(at, 0xffff_ffff);
  const after = all();
  expect([...after].flatMap((byte, at) => (byte === before[at] ? [] : [at]))).toEqual([32, 33, 34, 35, 36, 37]);
  expect(data.read(0x7ffc)).toBe(0xffff_ffff);
  // Another one of the same device starts anew.
  expect(vpdOf(await plug(device)).read(0x24)).toBe(before.readUInt32LE(0x24));
});

it('vpd: checks', () => {
  expect(() => vpd({ identifier: 'x', fields: { sn: '1' } })).toThrow("vpd: keyword 'sn' must be two capital letters");
  expect(() => vpd({ identifier: 'ä' })).toThrow('vpd: identifier must be at most 255 ASCII characters');
  expect(() => vpd(new Uint8Array(0))).toThrow('vpd: 0 bytes; give 1 to 32768');
  expect(() => vpd({ identifier: 'x', writable: 256 })).toThrow('vpd: writable 256 must be 0 to 255 bytes');
  expect(() => doe({ interrupt: -1 })).toThrow('doe: interrupt -1 must be 0 to 2047');
});

it('leave room for extended capabilities given as bytes', async () => {
  const own = capability({ id: 0x000b, version: 1, body: Uint8Array.of(0x34, 0x12, 0xc0, 0x00, 1, 2, 3, 4) });
  const host = await plug(defineDevice({ ...base, capabilities: [own, ltr()] }));
  expect(host.readConfig32(0x100)).toBe(0x10c1_000b);
  expect(host.readConfig32(0x104)).toBe(0x00c0_1234);
  expect(host.readConfig32(0x10c)).toBe(0x0001_0018);
});
