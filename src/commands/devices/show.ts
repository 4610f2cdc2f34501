import { Args, Flags } from '@oclif/core';
import { findDevice } from '../../devices/find.ts';
import { parseSettings } from '../../run/settings.ts';
import { FailingCommand } from '../failing-command.ts';

export class DevicesShowCommand extends FailingCommand {
  static override summary = 'Show a device: ids, BARs, registers, options with their defaults.';

  static override description = 'The device is loaded, but not plugged anywhere.';

  static override examples = [
    '<%= config.bin %> <%= command.id %> nvme',
    { description: 'A device of your own', command: '<%= config.bin %> <%= command.id %> ./my-device.ts' },
    {
      description: 'As it is with other options, for a program',
      command: '<%= config.bin %> <%= command.id %> nvme --set queues=8 --json',
    },
  ];

  static override args = {
    device: Args.string({ required: true, description: 'Name of an installed device, or a path as for pciem run' }),
  };

  static override flags = {
    json: Flags.boolean({ description: 'Print JSON' }),
    set: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY=VALUE',
      description: 'Option of the device: some have other registers then',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(DevicesShowCommand);
    const device = await findDevice(args.device);
    const { describeDevice } = await import('../../devices/describe.ts');
    const description = await describeDevice(device, parseSettings(flags.set ?? []));
    if (flags.json) {
      this.log(JSON.stringify(description, undefined, 2));
      return;
    }
    const { renderDescription } = await import('../../devices/render-description.ts');
    this.log(renderDescription(description));
  }
}
