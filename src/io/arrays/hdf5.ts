import { UserError } from '../../tensor/errors.js';
import { type Shape, sizeOf } from '../../tensor/tensor.js';
import type { ByteSource } from '../byte-source.js';
import { formatBytes } from '../format-bytes.js';
import { startsWith } from '../formats/format.js';
import { MAX_RATIO } from '../inflated-source.js';
import { type Numbers, numbersFor } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFormat } from './array-format.js';
import { readCopy } from './hdf5-copy.js';
import { type Hdf5Array, type Hdf5Contents, type Hdf5Reader, PIECE } from './hdf5-reader.js';
import { type ArrayMeaning, type NumericArray, numericArray, reversed } from './numeric-array.js';

/** How MATLAB's files begin. */
const MATLAB = [0x4d, 0x41, 0x54, 0x4c, 0x41, 0x42];
const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** A piece of a dataset that the library unpacks whole. */
const MOST_CHUNK = 2 ** 28;

/** HDF5, and with it MATLAB's files of version 7.3 (column-major, as MATLAB shows them). */
export const hdf5: ArrayFormat = {
  name: 'hdf5',
  title: 'HDF5',
  extensions: ['.h5', '.hdf5', '.nxs', '.mat'],
  // at the start, or after a block of the user's: 512 bytes in MATLAB's
  // behind a block of another's only where that is MATLAB's: what begins as a picture is a picture
  is: (start) => startsWith(start, signature) || (startsWith(start, MATLAB) && startsWith(start.subarray(512), signature)),
  async open(source, around) {
    const matlab = startsWith(await source.read(0, Math.min(6, source.size)), MATLAB);
    const reader = await (around.openHdf5?.() ?? readCopy(source));
    try {
      const contents = await reader.describe(matlab);
      const { arrays, texts, elsewhere } = contents;
      if (arrays.length === 0) throw withoutArrays(source.name, contents);
      const named = (path: string) => (matlab ? path.slice(1).replaceAll('/', '.') : path);
      return {
        format: matlab ? 'MATLAB 7.3 (HDF5)' : 'HDF5',
        name: source.name,
        arrays: arrays.map((array) => {
          const seen = arrayOf(reader, array, named(array.path), source);
          return matlab ? reversed({ ...seen, about: { ...seen.about, ...(seen.shape.length > 2 && { sliceAxis: 0 }) } }) : seen;
        }),
        texts: Object.fromEntries([
          ...Object.entries(texts).map(([path, text]) => [named(path), text]),
          ...Object.entries(elsewhere).map(([path, file]) => [named(path), `in another file, which is not opened: ${file}`]),
        ]),
        async close() {
          await reader.close();
          await source.close();
        },
      };
    } catch (error) {
      await reader.close();
      await source.close();
      throw error;
    }
  },
};

function withoutArrays(name: string, { elsewhere }: Hdf5Contents): UserError {
  const [file] = Object.values(elsewhere);
  if (file === undefined) return new UserError(`${name} is an HDF5 file without an array of numbers in it. Name another file.`);
  return new UserError(
    `${name} is an HDF5 file whose arrays are in other files, which are not opened from it: ${file} is the first. Name that one.`,
  );
}

function arrayOf(reader: Hdf5Reader, array: Hdf5Array, name: string, source: ByteSource): NumericArray {
  const { shape, type, size, unit } = array;
  const what = `"${printable(name)}"`;
  const chunk = array.chunk ? sizeOf(array.chunk) * size : 0;
  const read = async (start: readonly number[], count: readonly number[]): Promise<Numbers> => {
    const stated = sizeOf(shape) * size;
    if (stated > source.size * (chunk ? MAX_RATIO : 1))
      throw new UserError(
        `${what} in ${source.name} states ${formatBytes(stated)} of numbers, more than the file can hold. Copy or export it again.`,
      );
    if (chunk > MOST_CHUNK)
      throw new UserError(
        `${what} in ${source.name} is packed in chunks of ${formatBytes(chunk)}, more than is unpacked at once (${formatBytes(MOST_CHUNK)}). Write it with smaller chunks.`,
      );
    const outer = count.findIndex((n) => n > 1);
    if (outer >= 0 && sizeOf(count) * size > PIECE) return inTwo(read, start, count, outer, numbersFor(type, sizeOf(count)));
    return reader.read(array, start, count);
  };
  return numericArray({ name, shape, type, about: { ...meaningOf(name, shape), ...(unit && { unit }) }, read });
}

/** A block as its two halves along its outermost axis. */
async function inTwo(
  read: NumericArray['read'],
  start: readonly number[],
  count: readonly number[],
  axis: number,
  out: Numbers,
): Promise<Numbers> {
  const half = count[axis] >> 1;
  const first = await read(start, count.with(axis, half));
  out.set(first);
  out.set(await read(start.with(axis, start[axis] + half), count.with(axis, count[axis] - half)), first.length);
  return out;
}

/** Projections of the Data Exchange of tomopy: a slice of them is a sinogram. */
function meaningOf(name: string, shape: Shape): ArrayMeaning {
  if (shape.length !== 3 || !/^\/exchange\/data(_white|_dark)?$/.test(name)) return {};
  return { axes: ['view', 'row', 'bin'], sliceAxis: 1 };
}
