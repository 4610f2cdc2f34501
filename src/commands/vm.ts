import { Flags } from '@oclif/core';
import { FailingCommand } from './failing-command.ts';

export class VmCommand extends FailingCommand {
  static override summary = 'Open a shell in a throw-away virtual machine, or run a command there.';

  static override description =
    `The kernel module is loaded, no device is plugged. The machine has this machine's files, which it can read; what it
changes is gone afterwards. Ctrl-] kills it. pciem exits with the exit status of the shell or COMMAND, with 1 if the kernel
complained meanwhile.`;

  static override usage = 'vm [--kernel IMAGE] [--memory MIB] [--cpus N] [--append ARGUMENTS] [-- COMMAND...]';

  static override examples = [
    { description: 'A shell', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'One command', command: '<%= config.bin %> <%= command.id %> -- dmesg' },
    {
      description: 'Another kernel, with more of its messages',
      command: '<%= config.bin %> <%= command.id %> --kernel 6.12.95+deb12-amd64 --append "dyndbg=\'module pci +p\'"',
    },
  ];

  static override flags = {
    kernel: Flags.string({
      helpValue: 'IMAGE',
      description: 'Kernel: image, release, or directory with vmlinuz, modules/ and build/',
    }),
    memory: Flags.integer({ min: 256, helpValue: 'MIB', description: 'Memory; 2048 when left out' }),
    cpus: Flags.integer({ min: 1, max: 64, helpValue: 'N', description: 'CPUs; 2 when left out' }),
    append: Flags.string({ helpValue: 'ARGUMENTS', description: "Appended to the kernel's command line" }),
  };

  override async run(): Promise<void> {
    const separator = this.argv.indexOf('--');
    const own = separator === -1 ? this.argv : this.argv.slice(0, separator);
    const command = separator === -1 ? [] : this.argv.slice(separator + 1);
    const { flags } = await this.parse(VmCommand, own);
    const { kernel, memory, cpus, append } = flags;
    const { shellInVm } = await import('../run/shell-in-vm.ts');
    this.exit(await shellInVm({ command, kernel, memory, cpus, append }));
  }
}
