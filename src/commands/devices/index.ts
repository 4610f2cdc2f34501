import { Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class DevicesCommand extends FailingCommand {
  static override summary = 'List the devices that can be run: built-in ones and those of installed plugins.';

  static override description = 'Loads no code of any plugin.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Names only, for a script',
      command: `<%= config.bin %> <%= command.id %> --json | jq -r '.devices[].name'`,
    },
  ];

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(DevicesCommand);
    const { listDevices } = await import('../../devices/installed.ts');
    const list = listDevices();
    if (flags.json) {
      this.log(JSON.stringify(list, undefined, 2));
      return;
    }
    const { renderDevices } = await import('../../devices/render-list.ts');
    this.log(renderDevices(list));
  }
}
