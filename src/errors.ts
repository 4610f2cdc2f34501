/** Something that the user can mend: the message says what is wrong, `nextSteps` what to do. No stack trace is shown. */
export class Failure extends Error {
  /** Read by oclif: the exit status, and no output of its own. */
  readonly oclif: { exit: number };
  readonly nextSteps: readonly string[];

  constructor(message: string, nextSteps: readonly string[] = [], exitCode = 1) {
    super(message);
    this.name = 'Failure';
    this.nextSteps = nextSteps;
    this.oclif = { exit: exitCode };
  }
}

/** The command line itself is wrong: exit status 2. */
export class UsageFailure extends Failure {
  constructor(message: string, nextSteps: readonly string[] = []) {
    super(message, nextSteps, 2);
    this.name = 'UsageFailure';
  }
}

/** The text of any thrown value, for a message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
