import { Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class KmodInstallCommand extends FailingCommand {
  static override summary = 'Install the kernel module, so that modprobe pciem finds it.';

  static override description =
    `Needs root. With dkms, it is built again for every new kernel, and signed where that is set
up. Without dkms, it is built for the running kernel and copied to /lib/modules.`;

  static override examples = ['sudo <%= config.bin %> <%= command.id %>'];

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(KmodInstallCommand);
    const { thisMachine } = await import('../../kmod/machine.ts');
    const { installModule } = await import('../../kmod/install.ts');
    const { buildForKernel } = await import('../../kmod/for-kernel.ts');
    const progress = (line: string) => this.logToStderr(line);
    const build = async () => (await buildForKernel(undefined, progress)).file;
    const { way, path } = await installModule(thisMachine(), build, progress);
    if (flags.json) this.log(JSON.stringify({ way, path }, undefined, 2));
    else {
      this.log(way === 'dkms' ? `Installed by dkms, sources in ${path}` : `Installed for this kernel: ${path}`);
      this.log('Load it: sudo modprobe pciem');
    }
  }
}
