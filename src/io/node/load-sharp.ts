import type sharp from 'sharp';
import { UserError } from '../../tensor/errors.js';

/**
 * The library that reads and writes pictures, loaded on first use: its binaries are optional packages, and where they are missing all that
 * needs no picture works, and what does says what to do.
 * @throws UserError when it does not load
 */
export async function loadSharp(): Promise<typeof sharp> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n');
    throw new UserError(
      `Pictures cannot be read or written: sharp does not load (${reason.replace(/\.$/, '')}). Its binaries are optional packages: install with "npm install --include=optional".`,
      { cause },
    );
  }
}
