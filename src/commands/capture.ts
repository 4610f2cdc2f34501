import { Flags } from '@oclif/core';
import { UsageFailure } from '../errors.ts';
import { chooseDevices, describe } from '../extcap/choose.ts';
import { count } from '../render/text.ts';
import { checkCaptureFile } from '../run/capture-file.ts';
import { runningDevices } from '../run/registry.ts';
import { FailingCommand } from './failing-command.ts';

export class CaptureCommand extends FailingCommand {
  static override summary = 'Capture what devices do that run already, in another terminal.';

  static override description =
    'Until Ctrl-C, or until the devices are gone. Needs root, as pciem run does. Nothing is lost but what was before.';

  static override examples = [
    { description: 'Which devices are running', command: '<%= config.bin %> capture --list' },
    {
      description: 'The only one, into a file',
      command: '<%= config.bin %> capture -w disk.pcapng',
    },
    {
      description: 'Two of them, live into tshark',
      command: '<%= config.bin %> capture -i 1f000:00:00.0 -i 1f001:00:00.0 -w - | tshark -r -',
    },
  ];

  static override flags = {
    list: Flags.boolean({ char: 'l', description: 'List the running devices', exclusive: ['interface', 'write'] }),
    interface: Flags.string({
      char: 'i',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'DEVICE',
      description: 'Address or name of a running device',
    }),
    write: Flags.string({ char: 'w', helpValue: 'FILE', description: 'pcapng file to write; - is standard output' }),
    snaplen: Flags.integer({
      min: 0,
      default: 0,
      helpValue: 'BYTES',
      description: 'Keep so much of a payload; 0: all',
    }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(CaptureCommand);
    const running = runningDevices();
    if (flags.list) {
      for (const line of describe(running)) this.log(line);
      return;
    }
    const devices = chooseDevices(flags.interface ?? [], running);
    const output = await checkOutput(flags.write);
    const [{ captureLive }, { Interruption }] = await Promise.all([
      import('../extcap/live-capture.ts'),
      import('../run/interruption.ts'),
    ]);
    const interruption = new Interruption();
    const { delivered, lost } = await captureLive({
      devices,
      output,
      snaplen: flags.snaplen,
      stop: interruption.first,
      onAttached: () =>
        process.stderr.write(`Capturing ${devices.map(({ address }) => address).join(', ')}; Ctrl-C ends it\n`),
    });
    interruption.stop();
    process.stderr.write(
      `${count(delivered, 'event')} captured${lost === 0 ? '' : `, ${count(lost, 'event')} lost`}\n`,
    );
    this.exit(0);
  }
}

async function checkOutput(file: string | undefined): Promise<string> {
  if (file === undefined) throw new UsageFailure('-w is missing: give a file, or - for standard output');
  if (file === '-') {
    if (process.stdout.isTTY) throw new UsageFailure('-w -: standard output is a terminal; give a file or a pipe');
    return '/dev/stdout';
  }
  await checkCaptureFile(file, '-w');
  return file;
}
