import { Args, Flags } from '@oclif/core';
import { checkModel } from '../../model/check.ts';
import { renderCheck } from '../../model/render-model.ts';
import { FailingCommand } from '../failing-command.ts';

export class ModelCheckCommand extends FailingCommand {
  static override summary = 'Replay captures against a learned model, and list what it does not explain.';

  static override examples = [
    {
      description: 'Does the model explain a capture that it was not learned from?',
      command: '<%= config.bin %> model check card.model.yaml c.pcapng',
    },
  ];

  static override strict = false;

  static override args = {
    model: Args.string({ required: true, description: 'Model, as pciem model learn writes it' }),
    captures: Args.string({ required: true, description: 'Captures of the device' }),
  };

  static override flags = {
    limit: Flags.integer({ default: 30, min: 0, helpValue: 'N', description: 'Differences shown; 0 for all' }),
    least: Flags.integer({
      default: 95,
      min: 0,
      max: 100,
      helpValue: 'PERCENT',
      description: 'Exit status 1 if less is explained',
    }),
    speed: Flags.integer({ default: 1, min: 1, helpValue: 'N', description: "Shorten the driver's pauses to 1/N" }),
    json: Flags.boolean({ description: 'Print JSON' }),
  };

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(ModelCheckCommand);
    const [model = '', ...captures] = argv as string[];
    const result = await checkModel(model, captures, { speed: flags.speed });
    process.stdout.write(flags.json ? `${JSON.stringify(result, undefined, 2)}\n` : renderCheck(result, flags.limit));
    this.exit(result.every(({ explained }) => explained * 100 >= flags.least) ? 0 : 1);
  }
}
