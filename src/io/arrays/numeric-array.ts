import { UserError } from '../../tensor/errors.js';
import { formatShape, type Shape, sizeOf } from '../../tensor/tensor.js';
import { formatBytes } from '../format-bytes.js';
import { type Numbers, type NumberType, numbersFor } from '../number-types.js';
import type { Direction } from './upright.js';

/** What a file says of the numbers in an array. */
export interface ArrayMeaning {
  /** What the axes are, one word each: `z`, `y`, `x`, `time`, `page`, `frame`, `view`, `row`, `bin`. */
  readonly axes?: readonly string[];
  /** Distance between neighbours along each axis, cm; undefined where it is not stated. */
  readonly spacingCm?: readonly (number | undefined)[];
  /** Slope and intercept that the file states for its stored numbers. `read` has applied them. */
  readonly rescale?: { readonly slope: number; readonly intercept: number };
  /** Unit of the numbers that `read` gives, as the file states it: `hu` for Hounsfield units. */
  readonly unit?: string;
  /** Where the axes lead in a patient; undefined where that is not stated. */
  readonly directions?: readonly (Direction | undefined)[];
  /** The axis that slices follow one another along; the first where absent. */
  readonly sliceAxis?: number;
}

/** An array of numbers in a file, which is read by blocks: it may be larger than memory. */
export interface NumericArray {
  /** Its name in the file, as it is written after the colon (`scan.h5:/exchange/data`); empty where the file is one array. */
  readonly name: string;
  /** In row-major order, as a user of the format sees it: MATLAB's [rows, columns], a volume's [z, y, x]. */
  readonly shape: Shape;
  /** Type of the numbers as they are stored. */
  readonly type: NumberType;
  readonly about: ArrayMeaning;
  /**
   * A block of it, row-major, in memory of its own. Reading blocks in order is cheap for every file.
   * @param start first index along each axis
   * @param count how many along each axis, at least 1
   * @throws UserError when the file is damaged there
   */
  read(start: readonly number[], count: readonly number[]): Promise<Numbers>;
}

/** A file of arrays that is open. */
export interface ArrayFile {
  /** As users write it: `HDF5`. */
  readonly format: string;
  /** For messages: the path. */
  readonly name: string;
  readonly arrays: readonly NumericArray[];
  /** What it says in words, by the names of the texts in it. */
  readonly texts: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Numbers that are read at once, at most: 2 GiB as float32. */
export const MOST_NUMBERS = 2 ** 29;

/** @throws UserError when a block of so many numbers is more than can be held */
export function checkCount(shape: Shape, name: string): void {
  const size = sizeOf(shape);
  if (size <= MOST_NUMBERS) return;
  throw new UserError(
    `${name} would take ${formatBytes(4 * size)} of memory at once (${formatShape(shape)}). Read it slice by slice, or a part of it.`,
  );
}

/** All of an array. @throws UserError when it is larger than can be held at once (2^29 numbers), or damaged */
export async function readAll(array: NumericArray, name: string = array.name): Promise<Numbers> {
  checkCount(array.shape, name);
  if (array.shape.includes(0)) return numbersFor(array.type, 0);
  return array.read(
    array.shape.map(() => 0),
    array.shape,
  );
}

/** An array whose blocks are checked before they are read: a faulty index is a fault of the program. */
export function numericArray(array: NumericArray): NumericArray {
  const { shape } = array;
  return {
    ...array,
    async read(start, count) {
      const inside = start.length === shape.length && count.length === shape.length;
      if (!inside || !shape.every((n, axis) => start[axis] >= 0 && count[axis] >= 1 && start[axis] + count[axis] <= n))
        throw new RangeError(`block ${formatShape(count)} at ${formatShape(start)} of an array ${formatShape(shape)}`);
      checkCount(count, array.name);
      return array.read(start, count);
    },
  };
}

/**
 * The slices of an array in turn, each read when its turn comes.
 * @param axis that they follow one another along; the array's own where absent
 */
export async function* slicesOf(
  array: NumericArray,
  axis: number = array.about.sliceAxis ?? 0,
): AsyncGenerator<{ readonly index: number; readonly shape: Shape; readonly data: Numbers }> {
  const shape = array.shape.filter((_, k) => k !== axis);
  for (let index = 0; index < array.shape[axis]; index++) {
    const start = array.shape.map((_, k) => (k === axis ? index : 0));
    const data = await array.read(
      start,
      array.shape.map((n, k) => (k === axis ? 1 : n)),
    );
    yield { index, shape, data };
  }
}

/** The same array with its axes in the opposite order: how column-major files are seen by those who wrote them. */
export function reversed(array: NumericArray): NumericArray {
  const shape = [...array.shape].reverse();
  const { axes, spacingCm, sliceAxis, ...about } = array.about;
  return {
    ...array,
    shape,
    about: {
      ...about,
      ...(axes && { axes: [...axes].reverse() }),
      ...(spacingCm && { spacingCm: [...spacingCm].reverse() }),
      ...(sliceAxis !== undefined && { sliceAxis: shape.length - 1 - sliceAxis }),
    },
    read: async (start, count) => transposed(await array.read([...start].reverse(), [...count].reverse()), [...count].reverse()),
  };
}

/** Row-major numbers of `shape` with the axes reversed. */
function transposed(data: Numbers, shape: Shape): Numbers {
  const long = shape.filter((n) => n !== 1);
  if (long.length < 2) return data;
  const out = data.slice();
  // place of an element whose index is (i0, i1, ...) in the reversed array: i0 is fastest there
  const strides = long.map((_, axis) => sizeOf(long.slice(0, axis)));
  const index = long.map(() => 0);
  for (let i = 0, at = 0; i < data.length; i++) {
    out[at] = data[i];
    for (let axis = long.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < long[axis]) break;
      at -= strides[axis] * long[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** Applies slope and intercept, in place. */
export function rescaled(data: Numbers, { slope, intercept }: { slope: number; intercept: number }): Numbers {
  for (let i = 0; i < data.length; i++) data[i] = data[i] * slope + intercept;
  return data;
}
