import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { UsageFailure } from '../errors.ts';
import { MODES } from '../proxy/core/source.ts';
import { resolveSpec } from '../proxy/resolve-spec.ts';
import { deviceNameOf } from '../proxy/spec.ts';
import { checkCaptureFile } from '../run/capture-file.ts';
import { deviceFlags, runDevices, setFlag, splitCommand } from '../run/device-flags.ts';
import { parseSettings } from '../run/settings.ts';
import { FailingCommand } from './failing-command.ts';

// Rules and scripts are read again by themselves, and without a driver there is nothing to log.
const { watch: _, sim: __, ...runFlags } = deviceFlags;

export class ProxyCommand extends FailingCommand {
  static override summary = 'Put a model on the bus instead of a device, and log everything that the driver does.';

  static override description =
    `The driver gets enough answers not to give up: from rules, a script, what was learned from
captures, a register map, a whole device, or, where nothing is known, from memory that keeps what was written. Each
access is shown with the names of its registers; polling is folded into one line. All options of run apply.

Sources are asked in this order, and the first that answers wins: --script, --rules, --auto, --learn, then --device, or
the registers that --map, --clone and --bar-dump describe.`;

  static override usage = [
    'proxy --id VENDOR:DEVICE [--class CLASS] [--bar N=SIZE]... [-- COMMAND...]',
    'proxy --clone BDF|FILE [--map FILE] [--learn FILE]... [-- COMMAND...]',
    'proxy --device NAME [--set KEY=VALUE]... [-- COMMAND...]',
  ];

  static override examples = [
    {
      description: 'What does this driver do? Nothing is known of the device but its ids',
      command: '<%= config.bin %> proxy --id 8086:25ab --class 0880 --bar 0=4K --vm -- modprobe i6300esb',
    },
    {
      description: 'A model of a card of this machine, with names from a register map and rules of your own',
      command: '<%= config.bin %> proxy --clone 03:00.0 --map card.svd --rules card.yaml',
    },
    {
      description: 'Log what the nvme driver does with the emulated disk, for a program',
      command: '<%= config.bin %> proxy --device nvme --json --vm -- nvme list',
    },
    {
      description: 'Let it find out by itself what a driver waits for',
      command: '<%= config.bin %> proxy --id 1b36:000d --class 010601 --bar 5=4K --auto --write-rules found.yaml --vm',
    },
  ];

  static override flags = {
    ...runFlags,
    set: setFlag,
    id: Flags.string({ helpValue: 'VENDOR:DEVICE', description: 'Vendor and device, or with the subsystem V:D:SV:S' }),
    class: Flags.string({ helpValue: 'CLASS', description: 'Class code, as lspci -n shows it; ff0000 when left out' }),
    bar: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'N=SIZE',
      description: 'A BAR: 0=4K, or 2=1M,64,prefetchable',
    }),
    'bar-dump': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'N=FILE',
      description: 'What a BAR holds after reset',
    }),
    clone: Flags.string({
      helpValue: 'BDF|FILE',
      exclusive: ['device'],
      description: 'Look like a device of this machine, of a file of lspci -vvxxxx, or of a capture',
    }),
    map: Flags.string({
      helpValue: 'FILE|NAME',
      exclusive: ['device'],
      description: 'Register map: YAML, CMSIS-SVD, or the registers of a device',
    }),
    learn: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      exclusive: ['device'],
      description: 'A model that pciem model learn has written, or captures to learn from now',
    }),
    device: Flags.string({ helpValue: 'NAME', description: 'A whole device behind log and rules' }),
    unmapped: Flags.option({ options: ['zeros', 'ones'] as const })({
      description: 'What registers hold of which nothing is known, until they are written; zeros when left out',
    }),
    rules: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      description: 'Rules (YAML); read again when they change',
    }),
    script: Flags.string({
      helpValue: 'FILE',
      description: 'Module with onRead and onWrite; read again when it changes',
    }),
    mode: Flags.option({ options: MODES })({
      description: 'log: rules and script are left out; hook: they answer; step: stop at reads and ask',
    }),
    break: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'REGISTER',
      description: 'Mode step: stop at this register only',
    }),
    auto: Flags.boolean({ description: 'Try answers when the driver polls without getting anywhere' }),
    'write-rules': Flags.string({
      helpValue: 'FILE',
      dependsOn: ['auto'],
      description: 'Write the rules that --auto has found',
    }),
    explain: Flags.boolean({ description: 'Tell what answered each access' }),
    quiet: Flags.boolean({ description: 'No log' }),
    json: Flags.boolean({ description: 'Log JSON, one object a line' }),
    log: Flags.string({ helpValue: 'FILE', exclusive: ['quiet'], description: 'Log to a file' }),
  };

  override async run(): Promise<void> {
    const { own, command } = splitCommand(this.argv);
    const { flags } = await this.parse(ProxyCommand, own);
    const { log, quiet, json, callers } = flags;
    if (flags.capture === '-' && log === undefined && !quiet) {
      throw new UsageFailure('--capture -: standard output belongs to the log; give --log FILE or --quiet');
    }
    const written = flags['write-rules'];
    if (log !== undefined) await checkCaptureFile(log, '--log');
    if (written !== undefined) await checkCaptureFile(written, '--write-rules');
    const spec = await resolveSpec(flags);
    const color = log === undefined && process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    const device = 'device' in spec.behind ? spec.behind.device : { name: deviceNameOf(spec), entry: '', summary: '' };
    const devices = [{ device, label: device.name, settings: parseSettings(flags.set ?? []) }];
    const proxy = {
      spec,
      log: { quiet, json, color, callers: callers && !quiet, ...(log === undefined ? {} : { file: resolve(log) }) },
    };
    this.exit(await runDevices(devices, command, { ...flags, watch: false, sim: false }, proxy));
  }
}
