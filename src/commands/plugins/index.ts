import { Flags } from '@oclif/core';
import { FailingCommand } from '../failing-command.ts';

export class PluginsCommand extends FailingCommand {
  static override summary = 'List the plugins: those that are part of pciem, and those that were installed.';

  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { flags } = await this.parse(PluginsCommand);
    const [{ listPlugins }, { renderPlugins }] = await Promise.all([
      import('../../plugins/list.ts'),
      import('../../plugins/render.ts'),
    ]);
    const plugins = listPlugins();
    this.log(flags.json ? JSON.stringify(plugins, undefined, 2) : renderPlugins(plugins));
  }
}
