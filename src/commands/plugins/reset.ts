import { FailingCommand } from '../failing-command.ts';

export class PluginsResetCommand extends FailingCommand {
  static override summary = 'Remove all plugins that were installed or linked, also where something of them is broken.';

  static override examples = ['<%= config.bin %> <%= command.id %>'];

  override async run(): Promise<void> {
    await this.parse(PluginsResetCommand);
    const { PluginStore } = await import('../../plugins/store.ts');
    const store = new PluginStore();
    await store.clear();
    this.log(`No plugins are left in ${store.directory}`);
    await this.config.runHook('plugins:postuninstall', {});
  }
}
