import { describe, expect, it } from 'vitest';
import { bar, capability, defineDevice, msix, pcieEndpoint, pm } from '../index.ts';
import { plug } from '../testing/index.ts';

const identity = { vendor: 0x1b36, device: 0x0010, class: 0x010802, revision: 2, subsystem: 0x1100 };
const device = defineDevice({
  name: 'nvme-like',
  identity,
  bars: [bar(0, { size: 16384, bits: 64 }), bar(2, { size: 4096, prefetchable: true })],
  capabilities: [
    pm(),
    msix({ vectors: 33, bar: 0, table: 0x2000, pba: 0x3000 }),
    pcieEndpoint({ speed: 16, width: 8 }),
    capability({ id: 0x09, body: Uint8Array.of(8, 0xaa, 0, 0, 0, 0), writeMask: Uint8Array.of(0, 0, 0xff, 0, 0, 0) }),
  ],
});
const bare = () => plug(device, { enable: false });

describe('configuration space', () => {
  it('holds the identity (PCIe 6.0 7.5.1)', async () => {
    const host = await bare();
    expect(host.readConfig32(0x00)).toBe(0x0010_1b36);
    expect(host.readConfig32(0x08)).toBe(0x0108_0202);
    expect(host.readConfig32(0x0c)).toBe(0);
    expect(host.readConfig32(0x2c)).toBe(0x1100_1b36);
    expect(host.readConfig8(0x3d)).toBe(0);
    host.writeConfig32(0x00, 0);
    expect(host.readConfig16(0x00)).toBe(0x1b36);
  });

  it('sizes BARs by their write masks', async () => {
    const host = await bare();
    for (let offset = 0x10; offset < 0x28; offset += 4) host.writeConfig32(offset, 0xffff_ffff);
    const bars = [0x10, 0x14, 0x18, 0x1c, 0x20, 0x24].map((offset) => host.readConfig32(offset));
    expect(bars).toEqual([0xffff_c004, 0xffff_ffff, 0xffff_f008, 0, 0, 0]);
  });

  it('lets software change the COMMAND bits that a PCIe function has, and clear STATUS errors only', async () => {
    const host = await bare();
    host.writeConfig32(0x04, 0xffff_ffff);
    expect(host.readConfig32(0x04)).toBe(0x0010_0546);
  });

  it('chains the capabilities', async () => {
    const host = await bare();
    const ids: number[] = [];
    for (let offset = host.readConfig8(0x34); offset !== 0; offset = host.readConfig8(offset + 1)) {
      expect(offset % 4).toBe(0);
      ids.push(host.readConfig8(offset));
    }
    expect(ids).toEqual([0x01, 0x11, 0x10, 0x09]);
  });

  it('describes power management without PME', async () => {
    const host = await bare();
    expect(host.readConfig16(0x42)).toBe(0x0003);
    host.writeConfig16(0x44, 0xffff);
    expect(host.readConfig16(0x44)).toBe(0x000b);
  });

  it('describes MSI-X', async () => {
    const host = await bare();
    expect([host.readConfig32(0x4c), host.readConfig32(0x50)]).toEqual([0x2000, 0x3000]);
    expect(host.readConfig16(0x4a)).toBe(32);
    host.writeConfig16(0x4a, 0xffff);
    expect(host.readConfig16(0x4a)).toBe(0xc020);
  });

  it('describes a trained link and function level reset', async () => {
    const host = await bare();
    const pcie = 0x54;
    expect(host.readConfig8(pcie)).toBe(0x10);
    expect(host.readConfig16(pcie + 2)).toBe(0x0002);
    expect(host.readConfig32(pcie + 4) & (1 << 28)).not.toBe(0);
    expect(host.readConfig32(pcie + 0x0c) & 0x3ff).toBe((8 << 4) | 4);
    expect(host.readConfig16(pcie + 0x12)).toBe(0x1000 | (8 << 4) | 4);
    expect(host.readConfig32(pcie + 0x2c)).toBe(0x1e);
    host.writeConfig32(pcie + 8, 0xffff_7fff);
    expect(host.readConfig32(pcie + 8)).toBe(0x0000_79ff);
  });

  it('keeps a raw capability and its mask', async () => {
    const host = await bare();
    expect(host.readConfig32(0x90)).toBe(0xaa08_0009);
    host.writeConfig32(0x94, 0xffff_ffff);
    expect(host.readConfig32(0x94)).toBe(0x0000_00ff);
  });

  it('goes back to its reset values by function level reset', async () => {
    const host = await plug(device);
    expect(host.readConfig16(0x04)).toBe(0x0006);
    host.writeConfig16(0x54 + 8, 0x8000);
    expect(host.readConfig16(0x04)).toBe(0);
    expect(host.readConfig16(0x54 + 8)).toBe(0x2810);
  });
});
