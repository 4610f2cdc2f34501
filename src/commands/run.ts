import { Args, Command, Flags } from '@oclif/core';
import { findDevice } from '../devices/find.ts';
import { Failure, UsageFailure } from '../errors.ts';
import { renderFailure } from '../render/text.ts';
import { captureTarget } from '../run/capture-file.ts';
import { captureFlags } from '../run/capture-flags.ts';
import { type CaptureFlagValues, captureSettings } from '../run/capture-settings.ts';
import type { VmRequest } from '../run/in-vm.ts';
import type { RunRequest } from '../run/request.ts';
import { parseSettings } from '../run/settings.ts';

// Imported when needed: what one of them loads, the other does not, and in an emulated machine that is felt.
async function inVm(request: RunRequest, vm: VmRequest): Promise<number> {
  const { runInThrowAwayVm } = await import('../run/in-vm.ts');
  return runInThrowAwayVm(request, vm);
}

async function here(request: RunRequest): Promise<number> {
  const { runOnThisMachine } = await import('../run/on-this-machine.ts');
  return runOnThisMachine(request);
}

/** Where the capture goes, if there is one. */
async function captureOf(flags: CaptureFlagValues & { capture?: string | undefined }, command: readonly string[]) {
  const { capture } = flags;
  if (capture === undefined) {
    const stray = (Object.keys(captureFlags) as (keyof CaptureFlagValues)[]).find((name) => flags[name] !== undefined);
    if (stray !== undefined) throw new UsageFailure(`--${stray} needs --capture FILE`);
    return undefined;
  }
  if (capture === '-' && command.length > 0) {
    throw new UsageFailure('--capture -: standard output belongs to the command; give a file or a named pipe');
  }
  return captureTarget(capture, '--capture');
}

export class RunCommand extends Command {
  static override summary = "Plug a device into this machine's PCI bus, or into that of a throw-away virtual machine.";

  static override description =
    `The driver that claims the device binds to it as to any hardware. When it has bound, COMMAND runs, and pciem exits
with its exit status; without a COMMAND the device stays until Ctrl-C. Then the device is unplugged.

Into this machine: needs root and the kernel module (/dev/pciem). With --vm it needs neither: QEMU boots a kernel with
this machine's files, which the guest can read; what it changes is gone afterwards.

COMMAND finds the PCI address of the device in PCIEM_ADDRESS.`;

  static override usage = 'run DEVICE [--set KEY=VALUE]... [--capture FILE [CAPTURE FLAGS]] [--vm] [-- COMMAND...]';

  static override examples = [
    { description: 'An NVMe disk on this machine, until Ctrl-C', command: '<%= config.bin %> run nvme' },
    {
      description: 'The same in a virtual machine, with every transaction captured for Wireshark',
      command: '<%= config.bin %> run nvme --vm --capture nvme.pcapng -- lspci -vv',
    },
    {
      description: 'A disk of 64 MiB with its data in a file',
      command: '<%= config.bin %> run nvme --set size=64M --set backing=disk.img',
    },
    {
      description: 'Ten files of 100 MB at most, without the payload of data',
      command: '<%= config.bin %> run nvme --capture ring.pcapng.gz --filesize 100M --files 10 --snaplen 64',
    },
    {
      description: 'What led to a fatal status: 1000 packets before and 100 after it',
      command: `<%= config.bin %> run nvme --capture crash.pcapng --stop-when 'register=CSTS & value&2' --before 1000 --after 100`,
    },
    { description: 'A device of your own', command: '<%= config.bin %> run ./my-device.ts --vm' },
  ];

  static override args = {
    device: Args.string({
      required: true,
      description: 'Name of an installed device, path of a module (.ts, .js), or directory of a package',
    }),
  };

  static override flags = {
    set: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY=VALUE',
      description: 'Option of the device',
    }),
    capture: Flags.string({
      helpValue: 'FILE',
      description: 'Write every transaction to a pcapng file; .gz and .zst compress; - is standard output',
    }),
    ...captureFlags,
    vm: Flags.boolean({ description: 'Plug it into a throw-away virtual machine' }),
    kernel: Flags.string({
      dependsOn: ['vm'],
      helpValue: 'IMAGE',
      description: 'Kernel of the virtual machine: image, release, or directory with vmlinuz, modules/ and build/',
    }),
    memory: Flags.integer({
      dependsOn: ['vm'],
      min: 256,
      helpValue: 'MIB',
      description: 'Memory of the virtual machine',
    }),
    cpus: Flags.integer({
      dependsOn: ['vm'],
      min: 1,
      max: 64,
      helpValue: 'N',
      description: 'CPUs of the virtual machine',
    }),
  };

  override async run(): Promise<void> {
    const separator = this.argv.indexOf('--');
    const own = separator === -1 ? this.argv : this.argv.slice(0, separator);
    const command = separator === -1 ? [] : this.argv.slice(separator + 1);
    const { args, flags } = await this.parse(RunCommand, own);
    const device = await findDevice(args.device);
    const settings = parseSettings(flags.set ?? []);
    const capture = await captureOf(flags, command);
    const { kernel, memory, cpus } = flags;
    const request = {
      device,
      settings,
      command,
      ...(capture && { capture, captureSettings: captureSettings(flags, capture) }),
    };
    const status = flags.vm ? await inVm(request, { kernel, memory, cpus }) : await here(request);
    this.exit(status);
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    if (!(error instanceof Failure)) return super.catch(error);
    process.stderr.write(renderFailure(error));
    return this.exit(error.oclif.exit);
  }
}
