import { Failure } from '../errors.ts';
import type { Machine } from '../kmod/machine.ts';
import { examine } from '../wireshark/doctor.ts';
import { findWireshark } from '../wireshark/installation.ts';
import { bad, type Check, note, ok } from './finding.ts';
import { installLine } from './packages.ts';

/** What captures in Wireshark need; `pciem wireshark doctor` says the same. */
export async function examineWireshark(machine: Machine): Promise<Check[]> {
  if ((await machine.run('tshark', ['--version'])) === undefined) {
    return [bad('tshark', 'There is no tshark, and so no Wireshark that it could ask', installLine(machine, 'tshark'))];
  }
  try {
    const findings = await examine(await findWireshark(machine.run), machine.run, machine.isRoot);
    return findings.map(({ ok: isGood, text, fix }) => {
      if (isGood) return ok('wireshark', text);
      // Live capture is extra: files are shown without.
      const isExtra = text.startsWith('Running devices');
      return (isExtra ? note : bad)('wireshark', text, ...(fix === undefined ? [] : [fix]));
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [bad('tshark', error.message, ...error.nextSteps)];
  }
}
