import { relative } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { writeNewPlugin } from '../new/new-plugin.ts';
import { FailingCommand } from './failing-command.ts';

export class NewCommand extends FailingCommand {
  static override summary = 'Start a plugin: a package with a device of your own.';

  static override description =
    `Writes a package with a small device, its test and all that it takes to build it. It can be run as it is; then make
it yours. When it works, npm pack makes of it what pciem plugins install takes.`;

  static override examples = [
    { description: 'A package in ./pciem-plugin-blinker', command: '<%= config.bin %> new blinker' },
    { description: 'Try it at once', command: '<%= config.bin %> spin pciem-plugin-blinker/src/blinker.ts --watch' },
  ];

  static override args = {
    name: Args.string({ required: true, description: 'Name of the device: lower-case letters, digits, dashes' }),
  };

  static override flags = {
    directory: Flags.string({ helpValue: 'DIR', description: 'Where to put it; ./pciem-plugin-NAME when left out' }),
    json: Flags.boolean({ description: 'Print what has been written as JSON' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(NewCommand);
    const plugin = await writeNewPlugin(args.name, flags.directory);
    if (flags.json) {
      this.log(JSON.stringify(plugin));
      return;
    }
    const place = relative(process.cwd(), plugin.directory) || '.';
    this.log(`${plugin.packageName} is in ${place}:`);
    for (const file of plugin.files) this.log(`  ${file}`);
    this.log('\nNext:');
    this.log(`  cd ${place}`);
    this.log(`  pciem spin src/${args.name}.ts --watch --vm -- bash`);
    this.log('  npm install && npm test');
  }
}
