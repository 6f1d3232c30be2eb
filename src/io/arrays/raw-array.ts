import { UserError } from '../../tensor/errors.js';
import { formatShape, type Shape, sizeOf } from '../../tensor/tensor.js';
import type { ByteSource } from '../byte-source.js';
import { bytesOf, decodeNumbers, type Numbers, type NumberType, numbersFor } from '../number-types.js';
import { type ArrayMeaning, type NumericArray, numericArray, rescaled, reversed } from './numeric-array.js';

/** Numbers that lie one after another in a file. */
export interface RawLayout {
  readonly shape: Shape;
  readonly type: NumberType;
  readonly little: boolean;
  /** Where the first number stands, bytes. */
  readonly offset: number;
  /** Whether the first axis is the fastest, as in Fortran and MATLAB; else the last. */
  readonly columnMajor?: boolean;
}

/** Bytes that are read at once, where those wanted lie apart. */
const PIECE = 2 ** 23;

/**
 * An array whose numbers lie one after another, read by ranges.
 * @throws UserError when the source is too short for its shape
 */
export function rawArray(source: ByteSource, layout: RawLayout, name = '', about: ArrayMeaning = {}): NumericArray {
  const { type, little, offset, columnMajor = false } = layout;
  const shape = columnMajor ? [...layout.shape].reverse() : layout.shape;
  const width = bytesOf(type);
  const needed = offset + sizeOf(shape) * width;
  if (!(needed <= source.size))
    throw new UserError(
      `${source.name} is cut short or damaged: it states an array ${formatShape(layout.shape)}, which ends at byte ${needed}, and has ${source.size} bytes. Copy or export it again.`,
    );
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const read = async (start: readonly number[], count: readonly number[]): Promise<Numbers> => {
    const out = numbersFor(type, sizeOf(count));
    const steps = count.map((_, axis) => sizeOf(count.slice(axis + 1)));
    /** Numbers from the first to the last of the block below `axis`. */
    const span = (axis: number) => count.slice(axis).reduce((sum, n, k) => sum + (n - 1) * strides[axis + k], 1);
    const pick = (bytes: Uint8Array, axis: number, at: number, to: number): void => {
      if (axis === count.length || span(axis) === sizeOf(count.slice(axis))) {
        const length = sizeOf(count.slice(axis));
        decodeNumbers(bytes.subarray(at * width, (at + length) * width), type, little, out, to);
        return;
      }
      for (let i = 0; i < count[axis]; i++) pick(bytes, axis + 1, at + i * strides[axis], to + i * steps[axis]);
    };
    const visit = async (axis: number, at: number, to: number): Promise<void> => {
      const [length, all] = [span(axis), sizeOf(count.slice(axis))];
      if (length * width <= PIECE) return pick(await source.read(offset + at * width, length * width), axis, 0, to);
      if (length > all) for (let i = 0; i < count[axis]; i++) await visit(axis + 1, at + i * strides[axis], to + i * steps[axis]);
      else
        for (let done = 0, most = PIECE / width; done < length; done += most) {
          const part = await source.read(offset + (at + done) * width, Math.min(most, length - done) * width);
          decodeNumbers(part, type, little, out, to + done);
        }
    };
    await visit(
      0,
      start.reduce((sum, i, axis) => sum + i * strides[axis], 0),
      0,
    );
    return about.rescale ? rescaled(out, about.rescale) : out;
  };
  const array = numericArray({ name, shape, type, about, read });
  return columnMajor ? reversed(array) : array;
}
