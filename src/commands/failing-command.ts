import { Command } from '@oclif/core';
import { Failure } from '../errors.ts';
import { renderFailure } from '../render/text.ts';

/** A command whose failures are shown as what is wrong and what to do. */
export abstract class FailingCommand extends Command {
  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    if (!(error instanceof Failure)) return super.catch(error);
    process.stderr.write(renderFailure(error));
    return this.exit(error.oclif.exit);
  }
}
