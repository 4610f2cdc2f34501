import { Args, Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';
import { devicesText } from './install.ts';

export class PluginsLinkCommand extends FailingCommand {
  static override summary = 'Use a plugin where it is, while you write it: changes show at once.';

  static override description =
    'Nothing is copied or installed: run npm install in the directory if the plugin depends on packages.';

  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> ../blink'];

  static override args = { directory: Args.string({ default: '.', description: 'Directory of the plugin' }) };

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsLinkCommand);
    const { linkPlugin } = await import('../../plugins/install.ts');
    const plugin = await linkPlugin(args.directory);
    if (flags.json) this.log(JSON.stringify(plugin, undefined, 2));
    else this.log(`Linked ${plugin.name} in ${plugin.root}${devicesText(plugin.devices)}`);
    await this.config.runHook('plugins:postinstall', {});
  }
}
