import { Args, Flags } from '@oclif/core';
import { messageOf } from '../../errors.ts';
import { FailingCommand } from '../failing-command.ts';

export class PluginsUpdateCommand extends FailingCommand {
  static override summary = 'Install the newest version of the plugins, each from where it came.';

  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> nvme'];

  static override args = { plugin: Args.string({ description: 'Only this one' }) };

  static override flags = {
    'allow-scripts': Flags.boolean({ description: 'Let packages run their install scripts' }),
    json: Flags.boolean({ description: 'Print JSON, as plugins install does' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsUpdateCommand);
    const [{ updatePlugin }, { PluginStore }, { findNote }] = await Promise.all([
      import('../../plugins/install.ts'),
      import('../../plugins/store.ts'),
      import('../../plugins/uninstall.ts'),
    ]);
    const all = await new PluginStore().plugins();
    const chosen = args.plugin === undefined ? all : [findNote(args.plugin, all)];
    const updated = [];
    let failures = 0;
    for (const note of chosen.filter(({ type }) => type === 'user')) {
      try {
        const plugin = await updatePlugin(note, {
          allowScripts: flags['allow-scripts'],
          registry: this.config.npmRegistry,
          progress: (line) => process.stderr.write(`pciem: ${line}\n`),
        });
        updated.push(plugin);
        if (!flags.json) this.log(`${plugin.name} ${plugin.version}`);
      } catch (error) {
        // The others are none the worse for it.
        failures++;
        process.stderr.write(`pciem: ${note.name}: ${messageOf(error)}\n`);
      }
    }
    if (flags.json) this.log(JSON.stringify(updated, undefined, 2));
    await this.config.runHook('plugins:postinstall', {});
    if (failures > 0) this.exit(1);
  }
}
