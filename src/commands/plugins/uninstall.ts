import { Args } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class PluginsUninstallCommand extends FailingCommand {
  static override summary = 'Remove a plugin that was installed or linked.';

  static override aliases = ['plugins:unlink', 'plugins:remove'];

  static override examples = ['<%= config.bin %> <%= command.id %> pciem-plugin-blink'];

  static override strict = false;

  static override args = {
    plugin: Args.string({ required: true, description: 'Names of plugins, or directories of linked ones' }),
  };

  override async run(): Promise<void> {
    const { argv } = await this.parse(PluginsUninstallCommand);
    const { uninstallPlugin } = await import('../../plugins/uninstall.ts');
    for (const input of argv as string[]) this.log(`Removed ${await uninstallPlugin(input)}`);
    await this.config.runHook('plugins:postuninstall', {});
  }
}
