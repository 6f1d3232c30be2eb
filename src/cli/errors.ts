import { UserError } from '../tensor/errors.js';

/** Exit code of a run that the user stopped with Ctrl-C, as a shell reports it. */
export const interrupted = 130;

/** A stop by Ctrl-C after which something is left, as the message says. */
export class Cancelled extends Error {
  override readonly name = 'AbortError';
}

/**
 * What to tell of a failure, and with which exit code: one paragraph for what the user can put right (its own exit code),
 * `Cancelled` and 130 after Ctrl-C, and for anything else one paragraph with the way to the stack trace.
 */
export function explain(error: unknown, options: { debug?: boolean } = {}): { message: string; exitCode: number } {
  const stack = options.debug && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  if (error instanceof UserError) return { message: `Error: ${oneParagraph(error.message)}${stack}`, exitCode: error.exitCode };
  if (error instanceof Cancelled) return { message: error.message, exitCode: interrupted };
  if (isAbort(error)) return { message: 'Cancelled: nothing was written.', exitCode: interrupted };
  const text = oneParagraph(error instanceof Error ? error.message : String(error));
  const hint = options.debug ? '' : ' This is a fault of the program; run it again with --debug for the details a report needs.';
  return { message: `Unexpected error: ${/[.!?]$/.test(text) ? text : `${text}.`}${hint}${stack}`, exitCode: 1 };
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function oneParagraph(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
