import { plainTable } from '../render/plain-table.ts';
import type { PluginInfo } from './list.ts';

export function renderPlugins(plugins: readonly PluginInfo[]): string {
  const rows = plugins.map(({ name, version, origin, devices }) => [
    name,
    version,
    origin === 'built-in' ? 'pciem' : origin,
    devices.map((device) => device.name).join(', '),
  ]);
  const problems = plugins.flatMap(({ name, problem }) =>
    problem === undefined ? [] : `${name} cannot be used: ${problem}`,
  );
  return [plainTable(['PLUGIN', 'VERSION', 'FROM', 'DEVICES'], rows), ...problems].join('\n');
}

/** One plugin, in full. */
export function renderPlugin({ name, version, origin, root, apiVersion, devices, problem }: PluginInfo): string {
  const facts = [
    ['version', version],
    ['from', origin === 'built-in' ? 'part of pciem' : origin],
    ['location', root],
    ['apiVersion', apiVersion === undefined ? 'not told' : String(apiVersion)],
    ...devices.map((device) => ['device', device.summary === '' ? device.name : `${device.name}: ${device.summary}`]),
    ...(problem === undefined ? [] : [['problem', problem]]),
  ];
  return [name, ...facts.map(([key, value]) => `  ${key?.padEnd(11)}${value}`)].join('\n');
}
