/**
 * Something the user can put right: bad input, a missing file, an impossible option. The message is one paragraph
 * that names the thing and the remedy; front ends print it without a stack trace.
 */
export class UserError extends Error {
  /** Exit code of the command line: 2 for wrong usage, 1 for a failure met on the way. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A `UserError` of usage: the command, option or value given can never work, whatever else is well. Exit code 2. */
export class UsageError extends UserError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { ...options, exitCode: 2 });
  }
}
