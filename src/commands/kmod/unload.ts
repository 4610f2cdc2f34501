import { Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class KmodUnloadCommand extends FailingCommand {
  static override summary = 'Unload the kernel module. Refused while a device runs.';

  static override examples = ['sudo <%= config.bin %> <%= command.id %>'];

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(KmodUnloadCommand);
    const { thisMachine } = await import('../../kmod/machine.ts');
    const { unloadModule } = await import('../../kmod/load.ts');
    const unloaded = await unloadModule(thisMachine(), (line) => this.logToStderr(line));
    if (flags.json) this.log(JSON.stringify({ unloaded }, undefined, 2));
    else this.log(unloaded ? 'The module is unloaded' : 'The module was not loaded');
  }
}
