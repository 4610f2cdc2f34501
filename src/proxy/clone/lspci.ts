import { UsageFailure } from '../../errors.ts';
import type { RealDevice } from './config-shape.ts';

const HEAD = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) /i;
const REGION = /^\s+Region (\d): (?:Memory|I\/O ports) at .*\[size=(\d+)([KMG]?)\]/;
const HEX = /^([0-9a-f]{2,3}): ((?:[0-9a-f]{2} ?)+)$/i;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** The devices in the output of `lspci -vvxxxx`. */
export function parseLspci(text: string): RealDevice[] {
  const devices: RealDevice[] = [];
  let config: number[] = [];
  let sizes = new Map<number, number>();
  for (const line of text.split('\n')) {
    const head = HEAD.exec(line);
    if (head) {
      config = [];
      sizes = new Map();
      // Filled while its lines are read.
      const bytes = config;
      const place = head[1] as string;
      devices.push({
        place,
        sizes,
        get config() {
          return Uint8Array.from(bytes);
        },
      });
      continue;
    }
    const region = REGION.exec(line);
    if (region) sizes.set(Number(region[1]), Number(region[2]) * (UNITS[region[3] ?? ''] ?? 1));
    const hex = HEX.exec(line.trimEnd());
    if (!hex) continue;
    const values = (hex[2] as string).trim().split(' ');
    values.forEach((value, i) => {
      config[Number.parseInt(hex[1] as string, 16) + i] = Number.parseInt(value, 16);
    });
  }
  return devices;
}

/** The one device of a file, or the one at an address. Throws a UsageFailure that lists them. */
export function chooseDevice(file: string, devices: readonly RealDevice[], address: string | undefined): RealDevice {
  const chosen = address === undefined ? devices : devices.filter(({ place }) => place.endsWith(address.toLowerCase()));
  if (chosen.length === 1) return chosen[0] as RealDevice;
  if (devices.length === 0) {
    throw new UsageFailure(`--clone ${file}: it is neither output of lspci nor a capture`, [
      'Make one with: lspci -vvxxxx -s ADDRESS >FILE',
    ]);
  }
  throw new UsageFailure(
    `--clone ${file}: ${address === undefined ? 'it has several devices' : `it has no ${address}`}`,
    [...devices.slice(0, 10).map(({ place }) => `--clone ${file}@${place}`)],
  );
}
