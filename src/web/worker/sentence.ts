import { UserError } from '../../tensor/errors.js';

/** What went wrong, as a sentence for the user; never a stack trace. */
export function sentenceOf(error: unknown): string {
  if (error instanceof UserError) return forThePage(error.message);
  const message = error instanceof Error ? error.message : String(error);
  if (/dynamically imported module|module script failed/i.test(message))
    return 'A part of the program could not be loaded. Check the connection and try again; what was loaded once works offline.';
  if (isOutOfMemory(error))
    return 'There is not enough memory in this tab for an image of that size. Choose a smaller working size, close other tabs, or use the command line.';
  return `Something went wrong in the program (${message.split('\n')[0].slice(0, 200)}). Load the page again; if it comes back, please report it.`;
}

/** After this the engine in this worker answers no more. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof UserError) return false;
  const message = error instanceof Error ? error.message : String(error);
  return /memory|allocation|bad_alloc|out of bounds|abort\(/i.test(message) || (error instanceof RangeError && /length/i.test(message));
}

/** The library's sentences name flags of its command line; a page has fields. */
export function forThePage(text: string): string {
  return text
    .replaceAll('--sigma', 'the noise that is stated')
    .replace(/ State (it|the range) with --range[^.]*\./, ' Save it as float32 on [0, 1], or as PNG.')
    .replace(/ State --range[^.]*\./, '');
}
