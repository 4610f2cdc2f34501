import { Command } from '@oclif/core';
import { Failure } from '../errors.ts';
import { renderFailure } from '../render/text.ts';

/** A command that works on capture files and may write much to standard output. */
export abstract class FileCommand extends Command {
  protected override async init(): Promise<void> {
    await super.init();
    // A reader such as head has seen enough.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 0 : 1);
    });
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    if (!(error instanceof Failure)) return super.catch(error);
    process.stderr.write(renderFailure(error));
    return this.exit(error.oclif.exit);
  }
}
