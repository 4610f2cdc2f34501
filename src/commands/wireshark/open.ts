import { Args } from '@oclif/core';
import { findWireshark } from '../../wireshark/installation.ts';
import { openInWireshark } from '../../wireshark/open.ts';
import { runProgram } from '../../wireshark/program.ts';
import { FailingCommand } from '../failing-command.ts';

export class WiresharkOpenCommand extends FailingCommand {
  static override summary = 'Open a capture in Wireshark, with the dissector and the profile of pciem.';

  static override examples = ['<%= config.bin %> <%= command.id %> nvme.pcapng'];

  static override args = { file: Args.string({ required: true, description: 'Capture file' }) };

  override async run(): Promise<void> {
    const { args } = await this.parse(WiresharkOpenCommand);
    await openInWireshark(await findWireshark(runProgram), args.file);
  }
}
