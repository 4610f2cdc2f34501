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
}
