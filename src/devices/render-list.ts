import { plainTable } from '../render/plain-table.ts';
import type { DeviceList } from './installed.ts';

/** One line a device; what cannot be used comes after it. */
export function renderDevices({ devices, problems }: DeviceList): string {
  const table = plainTable(
    ['DEVICE', 'SUMMARY', 'FROM'],
    devices.map(({ name, summary, origin, version }) => [
      name,
      summary,
      origin === 'built-in' ? 'pciem' : `${origin} ${version}`.trim(),
    ]),
  );
  return [table, ...problems.map(({ package: plugin, problem }) => `${plugin} cannot be used: ${problem}`)].join('\n');
}
