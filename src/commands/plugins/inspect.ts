import { Args, Flags } from '@oclif/core';
import { UsageFailure } from '../../errors.ts';
import { FailingCommand } from '../failing-command.ts';

export class PluginsInspectCommand extends FailingCommand {
  static override summary = 'Tell about a plugin: version, where it is, its devices, and whether it can be used.';

  static override examples = [
    '<%= config.bin %> <%= command.id %> nvme',
    '<%= config.bin %> <%= command.id %> pciem-plugin-blink --json',
  ];

  static override args = {
    plugin: Args.string({ required: true, description: 'Name of a plugin; of an official one the short name does' }),
  };

  static override flags = { json: Flags.boolean({ description: 'Print JSON' }) };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsInspectCommand);
    const [{ listPlugins }, { renderPlugin }] = await Promise.all([
      import('../../plugins/list.ts'),
      import('../../plugins/render.ts'),
    ]);
    const plugins = listPlugins();
    const names = [args.plugin, `@pciem/plugin-${args.plugin}`];
    // The last one counts: an installed one replaces the one that is part of pciem.
    const plugin = plugins.findLast(({ name }) => names.includes(name));
    if (plugin === undefined) {
      throw new UsageFailure(`There is no plugin ${args.plugin}`, [
        `Plugins: ${plugins.map(({ name }) => name).join(', ')}`,
      ]);
    }
    this.log(flags.json ? JSON.stringify(plugin, undefined, 2) : renderPlugin(plugin));
  }
}
