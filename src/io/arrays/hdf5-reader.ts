import { UserError } from '../../tensor/errors.js';
import { type Shape, sizeOf } from '../../tensor/tensor.js';
import type { Numbers, NumberType } from '../number-types.js';

/** Numbers of a dataset that are read at once, bytes as they are stored. */
export const PIECE = 2 ** 26;

/** A dataset of numbers in an HDF5 file. */
export interface Hdf5Array {
  /** Its number among those of the file. */
  readonly index: number;
  readonly path: string;
  /** As it is stored. */
  readonly shape: Shape;
  readonly type: NumberType;
  /** Bytes of one number. */
  readonly size: number;
  /** Of the pieces that it is packed in, each unpacked whole. */
  readonly chunk?: Shape;
  readonly unit?: string;
}

/** What an HDF5 file says of itself, all of it printable but the paths. */
export interface Hdf5Contents {
  readonly arrays: readonly Hdf5Array[];
  /** By path. */
  readonly texts: Readonly<Record<string, string>>;
  /** What lies in other files, which are not opened: these files, by the path of what leads there. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

/** An HDF5 file that is open, wherever the library runs. Its errors are `UserError`s that name the file. */
export interface Hdf5Reader {
  /** Comes first. @param matlab whether its rows of 16-bit integers may be texts */
  describe(matlab: boolean): Promise<Hdf5Contents>;
  /** A block of at most {@link PIECE} bytes. */
  read(array: Hdf5Array, start: readonly number[], count: readonly number[]): Promise<Numbers>;
  close(): Promise<void>;
}

/** Bytes that the library unpacks for a block: of chunks all that it touches. */
export function bytesTouched({ chunk, size }: Hdf5Array, start: readonly number[], count: readonly number[]): number {
  if (chunk === undefined) return sizeOf(count) * size;
  return start.reduce((bytes, from, axis) => {
    const long = chunk[axis];
    return bytes * (Math.ceil((from + count[axis]) / long) - Math.floor(from / long)) * long;
  }, size);
}

/** @param what in the file: `it`, `"/data"` */
export function hdf5Damaged(name: string, what: string, reason: string, cause?: unknown): UserError {
  return new UserError(
    `${name} is an HDF5 file in which ${what} cannot be read (${reason}): it is cut short or damaged. Copy or export it again.`,
    { cause },
  );
}
