import { Args, Flags } from '@oclif/core';
import { Failure, messageOf, UsageFailure } from '../errors.ts';
import { chooseDevices } from '../extcap/choose.ts';
import { runningDevices } from '../run/registry.ts';
import { FailingCommand } from './failing-command.ts';

export class MarkCommand extends FailingCommand {
  static override summary = 'Put a mark into the captures that run, between the transactions of this moment.';

  static override description =
    `Every capture of the device gets it: of pciem run, of pciem capture, and live ones in Wireshark, which shows it as a
packet and as a comment. Analyses and exports know it, too. Needs root, as pciem run does.`;

  static override examples = [
    { description: 'Before doing something', command: '<%= config.bin %> mark "mkfs starts"' },
    { description: 'In the captures of one device', command: '<%= config.bin %> mark -i nvme "here it hangs"' },
  ];

  static override args = { text: Args.string({ required: true, description: 'Text, at most 4096 bytes of UTF-8' }) };

  static override flags = {
    interface: Flags.string({
      char: 'i',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'DEVICE',
      description: 'Address or name of a running device; without it, all of them',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(MarkCommand);
    const running = runningDevices();
    const devices =
      flags.interface === undefined && running.length > 0 ? running : chooseDevices(flags.interface ?? [], running);
    const { MAX_MARK_BYTES, markEndpoint } = await import('../host/kernel/mark.ts');
    const bytes = Buffer.byteLength(args.text);
    if (bytes === 0 || bytes > MAX_MARK_BYTES) {
      throw new UsageFailure(`TEXT: ${bytes} bytes; must be from 1 to ${MAX_MARK_BYTES}`);
    }
    for (const { endpoint, address } of devices) {
      try {
        markEndpoint(endpoint, args.text);
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw new Failure(`${address} cannot be marked: ${messageOf(error)}`);
      }
    }
  }
}
