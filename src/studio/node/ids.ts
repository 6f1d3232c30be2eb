import { randomBytes } from 'node:crypto';

/** An id that sorts by the time it was made, and cannot be guessed. */
export function newId(): string {
  return `${Date.now().toString(36)}-${randomBytes(8).toString('hex')}`;
}

/** When an id was made, in milliseconds since 1970. */
export function timeOf(id: string): number {
  return Number.parseInt(id.split('-')[0], 36);
}
