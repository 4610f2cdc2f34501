import { Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class KmodStatusCommand extends FailingCommand {
  static override summary = 'Say whether the kernel module is loaded, installed, and can be built and loaded here.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'For a script', command: '<%= config.bin %> <%= command.id %> --json | jq .loaded' },
  ];

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(KmodStatusCommand);
    const { thisMachine } = await import('../../kmod/machine.ts');
    const { kmodStatus } = await import('../../kmod/status.ts');
    const machine = thisMachine();
    const status = await kmodStatus(machine);
    if (flags.json) {
      this.log(JSON.stringify(status, undefined, 2));
      return;
    }
    const { renderStatus } = await import('../../kmod/render-status.ts');
    this.log(renderStatus(machine, status));
  }
}
