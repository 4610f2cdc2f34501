import { Args, Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class PluginsInstallCommand extends FailingCommand {
  static override summary = 'Install a plugin: its devices and commands become part of pciem.';

  static override description =
    `PLUGIN is a package of npm, a tarball, a directory, or a git repository. Of official plugins the short name does.
Scripts that the package wants to run while it is installed do not run, unless --allow-scripts says so; its devices run
with your rights once you run them.

A tarball is installed without a network if all that it depends on is bundled in it, or is @pciem/sdk or zod, which it
gets from pciem. PCIEM_NPM_REGISTRY names another registry.`;

  static override examples = [
    { description: '@pciem/plugin-nvme, from npm', command: '<%= config.bin %> <%= command.id %> nvme' },
    {
      description: 'What npm pack has made',
      command: '<%= config.bin %> <%= command.id %> ./pciem-plugin-blink-1.0.0.tgz',
    },
    { description: 'A directory, as npm pack would pack it', command: '<%= config.bin %> <%= command.id %> ../blink' },
    {
      description: 'From git, built on this machine',
      command: '<%= config.bin %> <%= command.id %> git+https://example.org/blink.git --allow-scripts',
    },
  ];

  static override strict = false;

  static override args = { plugin: Args.string({ required: true, description: 'Plugins to install' }) };

  static override flags = {
    'allow-scripts': Flags.boolean({ description: 'Let packages run their install scripts' }),
    json: Flags.boolean({ description: 'Print JSON' }),
  };

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(PluginsInstallCommand);
    const { installPlugin } = await import('../../plugins/install.ts');
    const installed = [];
    for (const input of argv as string[]) {
      const plugin = await installPlugin(input, {
        allowScripts: flags['allow-scripts'],
        registry: this.config.npmRegistry,
        progress: (line) => process.stderr.write(`pciem: ${line}\n`),
      });
      installed.push(plugin);
      if (!flags.json) this.log(`Installed ${plugin.name} ${plugin.version}${devicesText(plugin.devices)}`);
    }
    if (flags.json) this.log(JSON.stringify(installed, undefined, 2));
    await this.config.runHook('plugins:postinstall', {});
  }
}

/** What can be run now. */
export function devicesText(devices: readonly { name: string }[]): string {
  return devices.length === 0 ? '' : `: pciem run ${devices.map(({ name }) => name).join(', pciem run ')}`;
}
