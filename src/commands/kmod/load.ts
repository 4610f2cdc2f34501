import { Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class KmodLoadCommand extends FailingCommand {
  static override summary = 'Load the kernel module into the running kernel; built first if need be.';

  static override description =
    `Needs root. Where the kernel takes signed modules only (Secure Boot), it says what to do.
Until the next boot; pciem kmod install makes it permanent. pciem run --vm needs no module here.`;

  static override examples = ['sudo <%= config.bin %> <%= command.id %>'];

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(KmodLoadCommand);
    const { thisMachine } = await import('../../kmod/machine.ts');
    const { loadModule, needRoot } = await import('../../kmod/load.ts');
    const { isLoaded } = await import('../../kmod/status.ts');
    const { buildForKernel } = await import('../../kmod/for-kernel.ts');
    const machine = thisMachine();
    let loaded = false;
    if (!isLoaded(machine)) {
      needRoot(machine, 'load');
      const { file } = await buildForKernel(undefined, (line) => this.logToStderr(line));
      loaded = await loadModule(machine, file);
    }
    if (flags.json) this.log(JSON.stringify({ loaded }, undefined, 2));
    else this.log(loaded ? 'The module is loaded: /dev/pciem is there' : 'The module was loaded already');
  }
}
