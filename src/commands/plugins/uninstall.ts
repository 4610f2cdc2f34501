import { Args, Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class PluginsUninstallCommand extends FailingCommand {
  static override summary = 'Remove a plugin that was installed or linked.';

  static override aliases = ['plugins:unlink', 'plugins:remove'];

  static override examples = ['<%= config.bin %> <%= command.id %> pciem-plugin-blink'];

  static override strict = false;

  static override args = {
    plugin: Args.string({ required: true, description: 'Names of plugins, or directories of linked ones' }),
  };

  static override flags = { json: Flags.boolean({ description: 'Print the names of what was removed as JSON' }) };

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(PluginsUninstallCommand);
    const { uninstallPlugin } = await import('../../plugins/uninstall.ts');
    const removed: string[] = [];
    for (const input of argv as string[]) {
      removed.push(await uninstallPlugin(input));
      if (!flags.json) this.log(`Removed ${removed.at(-1)}`);
    }
    if (flags.json) this.log(JSON.stringify({ removed }));
    await this.config.runHook('plugins:postuninstall', {});
  }
}
