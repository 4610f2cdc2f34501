import { writeFile } from 'node:fs/promises';
import { Args, Flags } from '@oclif/core';
import { learnFromFiles } from '../../model/learn-files.ts';
import { modelText } from '../../model/model-text.ts';
import { renderModel } from '../../model/render-model.ts';
import { checkCaptureFile } from '../../run/capture-file.ts';
import { FailingCommand } from '../failing-command.ts';

export class ModelLearnCommand extends FailingCommand {
  static override summary = 'Learn what a device does from captures of it.';

  static override description =
    `The model is a readable file: what each register is (constant, counter, last written, sequence, function of
the last write to a register) and what the device does by itself after which access (interrupts, DMA relative to the
addresses that the driver has written). Edit it as you like. Several captures of the same device tell apart what is
always so from what happened once. pciem proxy --learn puts the model on the bus.`;

  static override examples = [
    {
      description: 'Learn from two captures, and put the model on the bus',
      command: '<%= config.bin %> model learn a.pcapng b.pcapng -o card.model.yaml',
    },
  ];

  static override strict = false;

  static override args = {
    captures: Args.string({ required: true, description: 'Captures of the same device, from its plugging on' }),
  };

  static override flags = {
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description: 'Write the model here; standard output when left out',
    }),
  };

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(ModelLearnCommand);
    if (flags.output !== undefined) await checkCaptureFile(flags.output, '--output');
    const model = await learnFromFiles(argv as string[]);
    const text = modelText(model, argv as string[]);
    if (flags.output === undefined) {
      process.stdout.write(text);
      return;
    }
    await writeFile(flags.output, text);
    process.stdout.write(`${renderModel(model)}\n`);
  }
}
