import { Args, Flags } from '@oclif/core';
import { deviceFlags, runDevices, setFlag, splitCommand } from '../run/device-flags.ts';
import { withScreenshot } from '../run/outputs.ts';
import { planDevices } from '../run/plan.ts';
import { FailingCommand } from './failing-command.ts';

export class RunCommand extends FailingCommand {
  static override summary = "Plug devices into this machine's PCI bus, or into that of a throw-away virtual machine.";

  static override description =
    `The driver that claims a device binds to it as to any hardware. When it has bound, COMMAND runs, and pciem exits
with its exit status; without a COMMAND the devices stay until Ctrl-C. Then they are unplugged.

Into this machine: needs root and the kernel module (/dev/pciem). With --vm it needs neither: QEMU boots a kernel with
this machine's files, which the guest can read; what it changes is gone afterwards.

Several devices are plugged in the order of their names. Each can be given a name of its own, as in disk=nvme.

COMMAND finds the PCI address of the first device in PCIEM_ADDRESS, those of all in PCIEM_ADDRESSES.`;

  static override usage =
    'run DEVICE... [--set KEY=VALUE]... [--capture FILE [CAPTURE FLAGS]] [--watch] [--vm] [-- COMMAND...]';

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
    {
      description: 'Two disks and a network card',
      command: '<%= config.bin %> run a=nvme b=nvme e1000 --set a.size=64M --set b.size=1G --vm -- lsblk',
    },
    {
      description: 'What a display shows, in a file',
      command: '<%= config.bin %> run display --vm --screenshot screen.png -- sleep 10',
    },
    { description: 'A device of your own', command: '<%= config.bin %> run ./my-device.ts --vm --watch' },
  ];

  static override strict = false;

  static override args = {
    device: Args.string({
      required: true,
      description: 'Name of an installed device, path of a module (.ts, .js), or directory of a package',
    }),
  };

  static override flags = {
    set: setFlag,
    screenshot: Flags.string({ helpValue: 'FILE', description: 'Of a display: keep its picture in a PNG file' }),
    ...deviceFlags,
  };

  override async run(): Promise<void> {
    const { own, command } = splitCommand(this.argv);
    const { argv, flags } = await this.parse(RunCommand, own);
    const planned = await planDevices(argv as string[], flags.set ?? []);
    const devices = flags.screenshot === undefined ? planned : withScreenshot(planned, flags.screenshot);
    this.exit(await runDevices(devices, command, flags));
  }
}
