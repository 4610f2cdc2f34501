import { afterEach, describe, expect, it, vi } from 'vitest';
import { Driver, MAC, Reg } from './testing/driver.ts';

let driver: Driver;

afterEach(() => {
  driver.host.close();
  vi.useRealTimers();
});

/** Reads a word as the driver does, bit by bit. */
function readEeprom(address: number): number {
  const CS = 2;
  const set = (bits: number) => driver.write(Reg.EECD, bits | 0x40);
  const clock = (dataIn: number) => {
    set(CS | dataIn);
    set(CS | dataIn | 1);
    const dataOut = (driver.read(Reg.EECD) >>> 3) & 1;
    set(CS | dataIn);
    return dataOut;
  };
  set(0);
  expect(driver.read(Reg.EECD) & 0x180).toBe(0x180);
  for (let bit = 8; bit >= 0; bit--) clock((((0b110 << 6) | address) >>> bit) & 1 ? 4 : 0);
  let word = 0;
  for (let bit = 0; bit < 16; bit++) word = (word << 1) | clock(0);
  set(0);
  return word;
}

it.each([
  [{}, 0x100e],
  [{ model: '82545GM' }, 0x1026],
])('is a card with ids and an address: %o', async (options, device) => {
  driver = await Driver.start(options);
  const { host } = driver;
  expect([host.readConfig16(0), host.readConfig16(2), host.readConfig8(0x3d)]).toEqual([0x8086, device, 1]);
  expect([driver.read(Reg.RAL), driver.read(Reg.RAL + 4)]).toEqual([0x1200_5452, 0x8000_5634]);
});

it('has an EEPROM with the address, ids and a checksum', async () => {
  driver = await Driver.start();
  const words = Array.from({ length: 64 }, (_, address) => readEeprom(address));
  expect(words.slice(0, 3)).toEqual([0x5452, 0x1200, 0x5634]);
  expect(words.slice(0x0b, 0x0f)).toEqual([0x100e, 0x8086, 0x100e, 0x8086]);
  expect(words.reduce((sum, word) => (sum + word) & 0xffff)).toBe(0xbaba);
  driver.write(Reg.EERD, (2 << 8) | 1);
  expect(driver.read(Reg.EERD)).toBe((0x5634_0210 | 0) >>> 0);
});

describe('the PHY', () => {
  it('has a link at full speed', async () => {
    driver = await Driver.start();
    expect([driver.phy(2), driver.phy(3)]).toEqual([0x0141, 0x0c20]);
    expect([driver.phy(1) & 0x24, driver.phy(17) & 0xac00, driver.read(Reg.STATUS) & 0xc3]).toEqual([
      0x24, 0xac00, 0x83,
    ]);
    expect([driver.phy(5), driver.phy(10)]).toEqual([0x45e1, 0x7c00]);
  });

  it('keeps what is written, until it is reset', async () => {
    driver = await Driver.start();
    driver.phy(4, 0x0121);
    driver.phy(2, 0xffff);
    driver.phy(0, 0x1340);
    expect([driver.phy(4), driver.phy(2), driver.phy(0)]).toEqual([0x0121, 0x0141, 0x1140]);
    driver.phy(0, 0x9140);
    expect(driver.phy(4)).toBe(0x0de1);
  });

  it('is alone on its bus, and interrupts if asked to', async () => {
    driver = await Driver.start();
    driver.write(Reg.MDIC, 0x2842_0000);
    expect([driver.read(Reg.MDIC) & 0x5000_0000, driver.read(Reg.ICR) & 0x200]).toEqual([0x5000_0000, 0x200]);
  });
});

describe('interrupts', () => {
  it('follow cause and mask', async () => {
    driver = await Driver.start();
    driver.write(Reg.ICS, 0x04);
    expect(driver.host.intx).toBe(false);
    driver.write(Reg.IMS, 0x84);
    expect([driver.host.intx, driver.read(Reg.IMS)]).toEqual([true, 0x84]);
    // As the driver's handler: the read clears, and then it masks.
    expect([driver.read(Reg.ICR), driver.read(Reg.ICR)]).toEqual([0x04, 0]);
    driver.write(Reg.IMC, 0xffff_ffff);
    expect([driver.host.intx, driver.read(Reg.IMS)]).toEqual([false, 0]);
    driver.write(Reg.IMS, 0x84);
    expect(driver.host.intx).toBe(false);
  });

  it('end soon after the cause has been read, even if nothing is written', async () => {
    driver = await Driver.start();
    vi.useFakeTimers();
    driver.write(Reg.IMS, 0x04);
    driver.write(Reg.ICS, 0x04);
    vi.advanceTimersByTime(10);
    expect(driver.host.intx).toBe(true);
    driver.read(Reg.ICR);
    vi.advanceTimersByTime(1);
    expect(driver.host.intx).toBe(false);
  });

  it.each([
    ['1 ms', 3907],
    ['10 ms', 39_063],
  ])('come at most once in the time that ITR says: %s', async (time, units) => {
    driver = await Driver.start();
    vi.useFakeTimers();
    driver.write(Reg.ITR, units);
    driver.write(Reg.IMS, 0x04);
    const milliseconds = Number.parseInt(time, 10);
    const rises: number[] = [];
    for (let n = 0; n < 300 * milliseconds; n++) {
      driver.write(Reg.ICS, 0x04);
      vi.advanceTimersByTime(0.1);
      if (!driver.host.intx) continue;
      rises.push(performance.now());
      driver.read(Reg.ICR);
      driver.write(Reg.IMC, 0x04);
      driver.write(Reg.IMS, 0x04);
    }
    const gaps = rises.slice(1).map((rise, n) => rise - (rises[n] as number));
    expect(gaps.length).toBeGreaterThan(10);
    // The fake clock is coarser than the real one.
    expect(Math.max(...gaps)).toBeLessThan(milliseconds + 1.5);
    expect(Math.min(...gaps)).toBeGreaterThan(milliseconds - 0.05);
  });
});

describe('resets', () => {
  it('of the MAC stop it and give the address back', async () => {
    driver = await Driver.start();
    driver.write(Reg.RAL, 0);
    driver.write(Reg.IMS, 4);
    driver.write(Reg.ICS, 4);
    driver.write(Reg.MTA + 4, 5);
    driver.write(Reg.CTRL, 0x0400_0a49);
    const registers = [Reg.CTRL, Reg.RCTL, Reg.IMS, Reg.RDT, Reg.RAL, Reg.MTA + 4].map(driver.read);
    expect(registers).toEqual([0x0a49, 0, 0, 0, 0x1200_5452, 5]);
    expect(driver.host.intx).toBe(false);
  });

  it('of the function do so too', async () => {
    driver = await Driver.start();
    driver.phy(4, 0x0121);
    driver.host.reset();
    driver.host.writeConfig16(4, 6);
    expect([driver.read(Reg.RCTL), driver.read(Reg.RAL), driver.phy(4), driver.read(Reg.STATUS) & 2]).toEqual([
      0, 0x1200_5452, 0x0de1, 2,
    ]);
  });
});

it.each([
  { link: 'wlan:0' },
  { link: 'tap:' },
  { mac: '52:54:00' },
  { mac: MAC.replace('52', '53') },
  { model: '82599' },
])('refuses %o', async (options) => {
  await expect(Driver.start(options)).rejects.toThrow('device e1000: option');
});
