import { UserError } from '../tensor/errors.js';

export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 421 | 422 | 429 | 503 | 507;

/** A request that is not done: a sentence for people, what they can do, and the status code that says the same to programs. */
export class Refusal extends UserError {
  constructor(
    readonly status: RefusalStatus,
    message: string,
    readonly remedy?: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}

/** Another user's is answered like one that never was. */
export function notThere(what: string): Refusal {
  return new Refusal(404, `There is no such ${what}.`, 'It may have been removed, or belong to another browser.');
}

export function uploadTooLarge(most: number): Refusal {
  return new Refusal(
    413,
    `The file is larger than ${Math.floor(most / 2 ** 20)} MB, the most that this studio takes.`,
    'Send a smaller one, or start the studio with --max-upload.',
  );
}

/** What any error is answered with; undefined where it is the program's fault. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (isFull(error))
    return new Refusal(507, 'The disk of the server is full: nothing was written.', 'Remove old jobs, or ask whoever runs the studio.');
  return error instanceof UserError ? new Refusal(422, asFields(error.message)) : undefined;
}

/** A message of the command line in the words of the API: `--field-of-view` is the field `fieldOfView` of a request. */
export function asFields(text: string): string {
  const field = (flag: string) => flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return text.replace(/(?<![\w-])--([a-z]+(?:-[a-z]+)*)/g, (_, flag: string) => `\`${field(flag)}\``);
}

function isFull(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (['ENOSPC', 'EDQUOT'].includes((at as { code?: string }).code ?? '')) return true;
  return false;
}
