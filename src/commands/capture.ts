import { Flags } from '@oclif/core';
import { compileFilter, FilterError } from '@pciem/capture/recorder';
import { UsageFailure } from '../errors.ts';
import { chooseDevices, describe } from '../extcap/choose.ts';
import { count } from '../render/text.ts';
import { captureTarget } from '../run/capture-file.ts';
import { captureFlags } from '../run/capture-flags.ts';
import { type CaptureFlagValues, captureSettings, expressionFailure } from '../run/capture-settings.ts';
import { type RunningDevice, runningDevices } from '../run/registry.ts';
import { FailingCommand } from './failing-command.ts';

export class CaptureCommand extends FailingCommand {
  static override summary = 'Capture what devices do that run already, in another terminal.';

  static override description =
    'Until Ctrl-C, or until the devices are gone. Needs root, as pciem run does. Nothing is lost but what was before.';

  static override examples = [
    { description: 'Which devices are running', command: '<%= config.bin %> capture --list' },
    {
      description: 'Their addresses, for scripts',
      command: `<%= config.bin %> capture --list --json | jq -r '.devices[].address'`,
    },
    {
      description: 'The only one, into a file',
      command: '<%= config.bin %> capture -w disk.pcapng',
    },
    {
      description: 'Two of them, live into tshark',
      command: '<%= config.bin %> capture -i 1f000:00:00.0 -i 1f001:00:00.0 -w - | tshark -r -',
    },
    {
      description: 'Only the doorbells, in a ring of ten files',
      command: '<%= config.bin %> capture -w bells.pcapng --filter register=doorbell --filesize 10M --files 10',
    },
  ];

  static override flags = {
    list: Flags.boolean({ char: 'l', description: 'List the running devices', exclusive: ['interface', 'write'] }),
    json: Flags.boolean({ description: 'With --list: print JSON', dependsOn: ['list'] }),
    interface: Flags.string({
      char: 'i',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'DEVICE',
      description: 'Address or name of a running device',
    }),
    write: Flags.string({
      char: 'w',
      helpValue: 'FILE',
      description: 'pcapng file to write; .gz and .zst compress; - is standard output',
    }),
    ...captureFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(CaptureCommand);
    const running = runningDevices();
    if (flags.list) return this.#list(running, flags.json);
    const devices = chooseDevices(flags.interface ?? [], running);
    if (flags.write === undefined) throw new UsageFailure('-w is missing: give a file, or - for standard output');
    const output = await captureTarget(flags.write, '-w');
    const settings = captureSettings(flags, output);
    checkRegisters(flags, devices);
    const [{ captureLive }, { Interruption }] = await Promise.all([
      import('../extcap/live-capture.ts'),
      import('../run/interruption.ts'),
    ]);
    const interruption = new Interruption();
    const { delivered, lost } = await captureLive({
      devices,
      output,
      settings,
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

  #list(running: readonly RunningDevice[], json: boolean): void {
    if (json)
      this.log(
        JSON.stringify({ devices: running.map(({ address, name, endpoint }) => ({ address, name, endpoint })) }),
      );
    else for (const line of describe(running)) this.log(line);
  }
}

/** The registers of devices that run are known: a misspelt one is told before anything is captured. */
function checkRegisters(flags: CaptureFlagValues, devices: readonly RunningDevice[]): void {
  for (const name of ['filter', 'mark-when', 'stop-when'] as const) {
    const text = flags[name];
    if (text === undefined) continue;
    try {
      for (const { maps } of devices) compileFilter(text, maps);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      throw expressionFailure(name, text, error);
    }
  }
}
