import { Command } from '@oclif/core';
import { Failure } from '../errors.ts';
import { renderFailure } from '../render/text.ts';

/** A command whose failures are shown as what is wrong and what to do. */
export abstract class FailingCommand extends Command {
  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    const failure = error instanceof Failure ? error : await this.#parseFailure(error);
    if (failure === undefined) return super.catch(error);
    process.stderr.write(renderFailure(failure));
    return this.exit(failure.oclif.exit);
  }

  async #parseFailure(error: Error): Promise<Failure | undefined> {
    const { parseFailure } = await import('../usage/parse-failure.ts');
    return parseFailure(error, this.ctor as Command.Class);
  }
}
