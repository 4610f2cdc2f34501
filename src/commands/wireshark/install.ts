import { Args } from '@oclif/core';
import { count } from '../../render/text.ts';
import { install } from '../../wireshark/install.ts';
import { findWireshark } from '../../wireshark/installation.ts';
import { runProgram } from '../../wireshark/program.ts';
import { FailingCommand } from '../failing-command.ts';

export class WiresharkInstallCommand extends FailingCommand {
  static override summary = 'Install the dissector, a profile and live capture in the Wireshark of this machine.';

  static override description =
    `The folders are those that tshark names. Files that pciem did not write are never overwritten. Live capture is for
those who may write to an extcap folder: with Wireshark 4.0 that is root.`;

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'With the dissector of a plugin', command: '<%= config.bin %> <%= command.id %> ./my-plugin' },
  ];

  static override strict = false;

  static override args = {
    plugin: Args.string({ description: 'Directories of plugins whose package.json names a dissector' }),
  };

  override async run(): Promise<void> {
    const { argv } = await this.parse(WiresharkInstallCommand);
    const wireshark = await findWireshark(runProgram);
    const { written, unchanged, removed, extcap } = await install(wireshark, argv as string[]);
    this.log(`Wireshark ${wireshark.version}: ${count(written.length, 'file')} written, ${unchanged.length} unchanged`);
    for (const path of [...written, ...removed.map((path) => `removed ${path}`)]) this.log(`  ${path}`);
    if (extcap === undefined) this.log(`No live capture: ${wireshark.extcap.join(' and ')} not writable for you`);
    this.log('Open a capture: pciem wireshark open FILE, or wireshark -C pciem FILE');
  }
}
