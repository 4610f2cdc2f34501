import { closeSync, openSync, readSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { findDevice } from '../devices/find.ts';
import { UsageFailure } from '../errors.ts';
import type { KnownConfig } from '../lspci/config-space.ts';
import { parseSettings } from '../run/settings.ts';
import { FailingCommand } from './failing-command.ts';

/** Type of a Section Header Block, which begins every pcapng file; the same in both byte orders. */
const PCAPNG = 0x0a0d0d0a;

export class LspciCommand extends FailingCommand {
  static override summary = 'Show the configuration space of a capture or of a device as lspci does.';

  static override description =
    `The real lspci does it, with the options -v, -x and -n as it knows them. --dump prints what lspci -F reads.

Of a capture: every function as the driver has last read or written it, at the end or at packet N. What it never
touched is not known, and 0. Of a device: as it is after reset.`;

  static override usage = 'lspci SOURCE [--set KEY=VALUE]... [--at N] [-v]... [-x]... [-n]... | [--dump] | [--json]';

  static override examples = [
    '<%= config.bin %> <%= command.id %> nvme.pcapng -vv',
    {
      description: 'Before the driver was bound',
      command: '<%= config.bin %> <%= command.id %> nvme.pcapng --at 90 -xxx',
    },
    { description: 'A device that is not plugged', command: '<%= config.bin %> <%= command.id %> ./my-device.ts -vvv' },
    {
      description: 'For lspci elsewhere',
      command: '<%= config.bin %> <%= command.id %> nvme.pcapng --dump > nvme.lspci',
    },
  ];

  static override args = {
    source: Args.string({ required: true, description: 'Capture (pcapng), or a device as for pciem run' }),
  };

  static override flags = {
    verbose: Flags.boolean({ char: 'v', description: 'Details; -vv and -vvv: more of them' }),
    hex: Flags.boolean({ char: 'x', description: 'Bytes of the header; -xxx: of 256 bytes, -xxxx: of all' }),
    numeric: Flags.boolean({ char: 'n', description: 'Numbers in place of names; -nn: both' }),
    dump: Flags.boolean({ exclusive: ['verbose', 'hex', 'numeric'], description: 'Print the input of lspci -F' }),
    json: Flags.boolean({
      exclusive: ['verbose', 'hex', 'numeric', 'dump'],
      description: 'Print JSON: for each function its address, ids, and bytes',
    }),
    at: Flags.integer({ min: 1, helpValue: 'N', description: 'Of a capture: as it was at packet N' }),
    set: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY=VALUE',
      description: 'Option of the device',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags, raw } = await this.parse(LspciCommand);
    const spaces = isCapture(args.source)
      ? await this.#fromCapture(args.source, flags.at, flags.set)
      : await this.#fromDevice(args.source, flags.at, flags.set);
    if (flags.json) {
      const functions = spaces.map((space) => ({ ...space, bytes: Buffer.from(space.bytes).toString('hex') }));
      this.log(JSON.stringify(functions, undefined, 2));
      return;
    }
    const { formatDump } = await import('../lspci/config-space.ts');
    const dump = formatDump(spaces);
    if (flags.dump) {
      process.stdout.write(dump);
      return;
    }
    const letters = { verbose: 'v', hex: 'x', numeric: 'n' } as const;
    const options = Object.entries(letters).flatMap(([name, letter]) => {
      const times = raw.filter((token) => token.type === 'flag' && token.flag === name).length;
      return times === 0 ? [] : [`-${letter.repeat(times)}`];
    });
    const { renderWithLspci } = await import('../lspci/render.ts');
    const text = await renderWithLspci(dump, options);
    if (text === undefined) {
      process.stderr.write('pciem: there is no lspci (package pciutils) to show it; this is its input\n');
    }
    process.stdout.write(text ?? dump);
  }

  async #fromCapture(file: string, at: number | undefined, set: string[] | undefined): Promise<KnownConfig[]> {
    if (set !== undefined) throw new UsageFailure('--set is for a device, and this is a capture');
    const { configFromCapture } = await import('../lspci/from-capture.ts');
    const spaces = await configFromCapture(file, at);
    for (const { address, known } of spaces) {
      if (known === 256) continue;
      process.stderr.write(`pciem: ${address}: ${known} of the first 256 bytes are known, the others are shown as 0\n`);
    }
    return spaces;
  }

  async #fromDevice(name: string, at: number | undefined, set: string[] = []): Promise<KnownConfig[]> {
    if (at !== undefined) throw new UsageFailure('--at is for a capture, and this is a device');
    const device = await findDevice(name);
    const { configFromDevice } = await import('../lspci/from-device.ts');
    return configFromDevice(device, parseSettings(set));
  }
}

function isCapture(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    const bytes = Buffer.alloc(4);
    const read = readSync(file, bytes);
    closeSync(file);
    return read === 4 && bytes.readUInt32BE() === PCAPNG;
  } catch {
    // No such file, or a directory: perhaps a device.
    return false;
  }
}
