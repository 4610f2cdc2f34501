import type { DeviceMap, DeviceMapBar } from '@pciem/capture';

const FIRST_BAR = 0x10;
const ROM_BAR = 0x30;
const ROM_INDEX = 6;
const ROM_MASK = ~0x7ff;
const IO_MASK = ~0x3;
const MEMORY_MASK = ~0xf;

/** A device map with the bus addresses that a configuration space (PCIe 6.0 7.5.1.2.1) has for the BARs by now. */
export function withBusAddresses(map: DeviceMap, config: Uint8Array): DeviceMap {
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  return {
    ...map,
    bars: map.bars.map((bar) => {
      const address = busAddress(bar, view);
      return address === 0n ? bar : { ...bar, address };
    }),
  };
}

/** 0 if none was assigned. */
function busAddress({ index, bits, kind }: DeviceMapBar, config: DataView): bigint {
  if (index === ROM_INDEX) return BigInt((config.getUint32(ROM_BAR, true) & ROM_MASK) >>> 0);
  const at = FIRST_BAR + 4 * index;
  const mask = kind === 'io' ? IO_MASK : MEMORY_MASK;
  const low = BigInt((config.getUint32(at, true) & mask) >>> 0);
  return bits === 64 ? (BigInt(config.getUint32(at + 4, true)) << 32n) | low : low;
}
