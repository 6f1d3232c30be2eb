import { randomBytes } from 'node:crypto';

/** An id that sorts by the time it was made, and cannot be guessed. */
export function newId(): string {
  return `${Date.now().toString(36)}-${randomBytes(8).toString('hex')}`;
}
