import type { Machine } from '../kmod/machine.ts';
import { listPlugins } from '../plugins/list.ts';
import { type Finding, forPurpose, note, type Purpose } from './finding.ts';
import { examineHere } from './here.ts';
import { examineVm } from './vm.ts';
import { examineWireshark } from './wireshark.ts';

/** Looks at everything that the purposes need. */
export async function examineMachine(machine: Machine, purposes: readonly Purpose[]): Promise<Finding[]> {
  const checks = { vm: examineVm, here: examineHere, wireshark: examineWireshark };
  const lists = await Promise.all(purposes.map(async (purpose) => forPurpose(purpose, await checks[purpose](machine))));
  return [...lists.flat(), ...brokenPlugins(purposes)];
}

/** Listed with what comes first: they are in the way of nothing but themselves. */
function brokenPlugins([first]: readonly Purpose[]): Finding[] {
  if (first === undefined) return [];
  const broken = listPlugins().filter(({ problem }) => problem !== undefined);
  const checks = broken.map(({ name, problem }) =>
    note('plugin', `The plugin ${name} cannot be used: ${problem}`, `pciem plugins uninstall ${name}`),
  );
  return forPurpose(first, checks);
}
