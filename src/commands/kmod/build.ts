import { Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class KmodBuildCommand extends FailingCommand {
  static override summary = 'Build the kernel module, for this kernel or another one; prints the path of pciem.ko.';

  static override description =
    'Needs a compiler and the headers of the kernel, and no root. What was built before is not built again.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'For another kernel', command: '<%= config.bin %> <%= command.id %> --kernel 6.1.0-56-amd64' },
    { description: 'Copy it elsewhere', command: 'cp "$(<%= config.bin %> <%= command.id %>)" /mnt/' },
  ];

  static override flags = {
    json: Flags.boolean({ description: 'Print JSON' }),
    kernel: Flags.string({
      helpValue: 'KERNEL',
      description: 'Release, image or directory of the kernel, as for pciem run; the running one when left out',
    }),
    force: Flags.boolean({ description: 'Build even if it was built before' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(KmodBuildCommand);
    const { buildForKernel } = await import('../../kmod/for-kernel.ts');
    const progress = (line: string) => this.logToStderr(line);
    const { release, file } = await buildForKernel(flags.kernel, progress, flags.force);
    this.log(flags.json ? JSON.stringify({ release, file }, undefined, 2) : file);
  }
}
