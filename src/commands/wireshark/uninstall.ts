import { count } from '../../render/text.ts';
import { uninstall } from '../../wireshark/install.ts';
import { findWireshark } from '../../wireshark/installation.ts';
import { runProgram } from '../../wireshark/program.ts';
import { FailingCommand } from '../failing-command.ts';

export class WiresharkUninstallCommand extends FailingCommand {
  static override summary = 'Remove what pciem wireshark install wrote.';

  static override examples = ['<%= config.bin %> <%= command.id %>'];

  override async run(): Promise<void> {
    await this.parse(WiresharkUninstallCommand);
    const { removed, kept } = await uninstall(await findWireshark(runProgram));
    this.log(`${count(removed.length, 'file')} removed`);
    for (const path of kept) this.log(`  kept, because it was changed: ${path}`);
  }
}
