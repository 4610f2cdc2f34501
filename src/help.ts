import { type Command, CommandHelp, Help } from '@oclif/core';

type Options = ConstructorParameters<typeof CommandHelp>[2];
type Config = ConstructorParameters<typeof CommandHelp>[1];

/** A paragraph of a description is one line to oclif, which breaks it where the terminal ends. */
function unwrap(text: string | undefined): string | undefined {
  return text?.replaceAll(/(\S)\n(?!\s|- )/g, '$1 ');
}

class PciemCommandHelp extends CommandHelp {
  constructor(command: Command.Loadable, config: Config, options: Options) {
    const description = unwrap(command.description);
    super({ ...command, ...(description !== undefined && { description }) }, config, options);
  }
}

/** The help of commands: descriptions are written in lines of the source, and read in lines of the terminal. */
export default class PciemHelp extends Help {
  override CommandHelpClass = PciemCommandHelp;

  /** The one whose help is shown. */
  #shown: Command.Loadable | undefined;

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    this.#shown = command;
    await super.showCommandHelp(command);
  }

  /** oclif breaks all but the line at the top. */
  protected override summary(command: Command.Loadable): string | undefined {
    const text = super.summary(command);
    return text !== undefined && command === this.#shown ? this.wrap(text) : text;
  }

  override async showHelp(argv: string[]): Promise<void> {
    try {
      await super.showHelp(argv);
    } catch (error) {
      const [, id] = /^Command (\S+) not found\.$/.exec((error as Error).message) ?? [];
      if (id === undefined) throw error;
      const { unknownCommand } = await import('./usage/unknown-command.ts');
      const { renderFailure } = await import('./render/text.ts');
      const failure = unknownCommand(id, this.config);
      process.stderr.write(renderFailure(failure));
      process.exit(failure.oclif.exit);
    }
  }
}
