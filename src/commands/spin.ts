import { Args, Flags } from '@oclif/core';
import { UsageFailure } from '../errors.ts';
import { deviceFlags, runDevices, setFlag, splitCommand } from '../run/device-flags.ts';
import { planDevices } from '../run/plan.ts';
import type { RunDevice } from '../run/request.ts';
import { FailingCommand } from './failing-command.ts';

export class SpinCommand extends FailingCommand {
  static override summary = 'Try a device: one from a file, or one without any code.';

  static override description =
    `FILE is a module in TypeScript or JavaScript with a device as its default export. It needs no package.json and no
build: @pciem/sdk and zod are there. With --watch the device follows the file: when only handlers have changed, these
take over and the registers keep their values; else the device is plugged in again. Code that does not work changes
nothing.

Without a FILE, --id, --class and --bar (or --map) describe a device that keeps what is written and prints every access.
--map names registers and fields, and gives them their reset values and access; see docs/register-maps.md.

For the rest see pciem run --help.`;

  static override usage = [
    'spin FILE [--set KEY=VALUE]... [--watch] [--capture FILE] [--vm] [-- COMMAND...]',
    'spin --id VENDOR:DEVICE --class CODE --bar N:SIZE... [--map FILE] [--capture FILE] [--vm] [-- COMMAND...]',
  ];

  static override examples = [
    { description: 'A device of your own that follows your edits', command: '<%= config.bin %> spin uart.ts --watch' },
    {
      description: 'What does a driver do with a device that is not there?',
      command: '<%= config.bin %> spin --id 8086:100e --class 020000 --bar 0:128K --vm -- modprobe e1000',
    },
    {
      description: 'The registers of a data sheet',
      command: '<%= config.bin %> spin --map stepper.yaml --capture stepper.pcapng',
    },
    {
      description: 'A part of a chip that its vendor describes in CMSIS-SVD',
      command: '<%= config.bin %> spin --map chip.svd --peripheral UART0 --id 1234:0001 --class 070002',
    },
  ];

  static override args = { file: Args.string({ description: 'Module of the device (.ts, .mts, .js, .mjs)' }) };

  static override flags = {
    set: setFlag,
    id: Flags.string({ helpValue: 'VENDOR:DEVICE', description: 'Without a FILE: ids, in hexadecimal' }),
    class: Flags.string({ helpValue: 'CODE', description: 'Without a FILE: class code, six hexadecimal digits' }),
    bar: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'N:SIZE[,64][,prefetch]',
      description: 'Without a FILE: a BAR',
    }),
    interrupts: Flags.integer({
      min: 1,
      max: 2048,
      helpValue: 'N',
      description: 'Without a FILE: number of MSI-X vectors',
    }),
    map: Flags.string({ helpValue: 'FILE', description: 'Without a FILE: register map, YAML or CMSIS-SVD' }),
    peripheral: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['map'],
      helpValue: 'NAME',
      description: 'CMSIS-SVD: a peripheral that becomes a BAR; all when left out',
    }),
    ...deviceFlags,
  };

  override async run(): Promise<void> {
    const { own, command } = splitCommand(this.argv);
    const { args, flags } = await this.parse(SpinCommand, own);
    const device = args.file === undefined ? await blank(flags) : await fromFile(args.file, flags);
    this.exit(await runDevices([device], command, flags));
  }
}

interface BlankFlags {
  id?: string | undefined;
  class?: string | undefined;
  bar?: string[] | undefined;
  map?: string | undefined;
  peripheral?: string[] | undefined;
  interrupts?: number | undefined;
}

async function fromFile(file: string, flags: BlankFlags & { set?: string[] | undefined }): Promise<RunDevice> {
  for (const name of ['id', 'class', 'bar', 'map', 'interrupts'] as const) {
    if (flags[name] === undefined) continue;
    throw new UsageFailure(`--${name} describes a device without code, and ${file} is one; leave out one of them`);
  }
  const [device] = await planDevices([file], flags.set ?? []);
  return device as RunDevice;
}

async function blank(flags: BlankFlags & { set?: string[] | undefined; watch: boolean }): Promise<RunDevice> {
  if (flags.watch) throw new UsageFailure('--watch needs a FILE to watch');
  if (flags.set !== undefined) throw new UsageFailure('--set needs a FILE: a device without code has no options');
  const { planBlank } = await import('../spin/blank.ts');
  return planBlank({
    id: flags.id,
    class: flags.class,
    bars: flags.bar ?? [],
    map: flags.map,
    peripherals: flags.peripheral,
    interrupts: flags.interrupts,
  });
}
