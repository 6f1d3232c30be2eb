import {
  type ArrayFile,
  acrossPlane,
  describeArray,
  imageNumbers,
  isWholePicture,
  listArrays,
  middleSlice,
  type NumericArray,
  readAll,
  readSlice,
  recogniseScan,
} from '../../io/arrays/index.js';
import { readTiffPages } from '../../io/arrays/tiff-pages.js';
import { blobSource, type Picture, pictureFromDicom, pictureFromNumbers } from '../../io/index.js';
import { printable } from '../../io/printable.js';
import type { ScanGeometry } from '../../operators/index.js';
import { UserError } from '../../tensor/errors.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Cut, Stack } from '../backend/backend.js';
import { type Main, mainOf, withArrays } from './held-arrays.js';
import { meaningOf } from './number-range.js';

/* Files of arrays: what of them is an image or a sinogram, and what else there is to choose. It is loaded with the first such file. */

export { mainOf };

/** Numbers of a slice: more are too much for a tab. */
const MOST_NUMBERS = 60e6;
const MOST_DICOM = 400e6;

/**
 * The picture in a file of arrays, what may be chosen of it, and how many of the files it is made of; undefined of a TIFF that is a picture
 * for the eye.
 * @throws UserError
 */
export async function readArrayPicture(
  files: readonly File[],
  main: Main,
  cut?: Cut,
): Promise<{ readonly picture: Picture; readonly stack: Stack; readonly used: number } | undefined> {
  if (main.format.name === 'tiff' && !(await isNumbers(main.file))) return undefined;
  if (main.format.name === 'dicom' && main.file.size > MOST_DICOM) throw tooMuch(main.file.name, `${Math.round(main.file.size / 1e6)} MB`);
  return withArrays(files, main, async (file, used) => {
    const array = arrayOf(file, cut, largest);
    const name = nameIn(file, array);
    const whole = isWholePicture(file, array);
    const slice = whole ? undefined : (cut?.slice ?? middleSlice(array, name));
    checkSize(array.shape, slice, name);
    if (main.format.name === 'dicom') {
      const frame = array.shape.length === 3 ? slice?.[0] : undefined;
      const picture = await pictureFromDicom(new Uint8Array(await main.file.arrayBuffer()), name, frame);
      return { picture, stack: stackOf(file, array, slice), used };
    }
    const { numbers, origin } = await imageNumbers(file, array, name, slice);
    const stated = array.about.unit === 'hu' ? 'hu' : undefined;
    const { range, notices } = meaningOf(numbers, origin.type, name, stated ?? cut?.range);
    const picture = pictureFromNumbers(numbers, { ...origin, notices: [...(origin.notices ?? []), ...notices] }, name, range);
    return { picture, stack: { ...stackOf(file, array, slice), ...(stated === undefined && { range }) }, used };
  });
}

/** The sinogram in a file of arrays: a slice where it has more than two axes. @throws UserError */
export function readArraySinogram(
  files: readonly File[],
  main: Main,
  { angles, bins }: ScanGeometry,
  cut?: Cut,
): Promise<{ readonly y: Tensor; readonly stack: Stack }> {
  const plane = [angles.length, bins] as const;
  return withArrays(files, main, async (file) => {
    const array = acrossPlane(
      arrayOf(file, cut, (arrays) => fitting(arrays, plane) ?? recogniseScan(file)?.data ?? largest(arrays)),
      plane,
    );
    const name = nameIn(file, array);
    const long = array.shape.filter((n) => n !== 1);
    const flat = array.shape.length <= 2 || long.length <= 2;
    const slice = flat ? undefined : (cut?.slice ?? middleSlice(array, name));
    checkSize(array.shape, slice, name);
    if (flat) {
      const shape = array.shape.length > 2 && long.length === 2 ? long : array.shape;
      return { y: tensor(shape, await readAll(array, name)), stack: stackOf(file, array) };
    }
    const { shape, data } = await readSlice(array, name, slice);
    return { y: tensor(shape, data), stack: stackOf(file, array, slice) };
  });
}

/** The array that was asked for, else the one that is likeliest meant. @throws UserError where none has rows and columns */
function arrayOf(file: ArrayFile, cut: Cut | undefined, likely: (arrays: readonly NumericArray[]) => NumericArray): NumericArray {
  const named = cut && file.arrays.find(({ name }) => name === cut.array);
  if (named !== undefined) return named;
  if (file.arrays.length === 1) return file.arrays[0];
  const images = file.arrays.filter(isLarge);
  if (images.length > 0) return likely(images);
  throw new UserError(`${file.name} holds no array that has rows and columns, only these: ${listArrays(file)}. Choose another file.`);
}

function isLarge({ shape }: NumericArray): boolean {
  return shape.filter((n) => n > 1).length >= 2 && sizeOf(shape) > 0;
}

function largest(arrays: readonly NumericArray[]): NumericArray {
  return arrays.reduce((most, array) => (sizeOf(array.shape) > sizeOf(most.shape) ? array : most));
}

/** One that is a sinogram of that size, or a stack of such. */
function fitting(arrays: readonly NumericArray[], [views, bins]: readonly [number, number]): NumericArray | undefined {
  const long = arrays.map(({ shape }) => shape.filter((n) => n !== 1));
  const is = (shape: Shape) => shape.length === 2 && shape[0] === views && shape[1] === bins;
  const within = (shape: Shape) => shape.length === 3 && shape.some((_, axis) => is(shape.toSpliced(axis, 1)));
  return arrays[long.findIndex(is)] ?? arrays[long.findIndex(within)];
}

function stackOf(file: ArrayFile, array: NumericArray, slice?: readonly (number | undefined)[]): Stack {
  const { shape, about } = array;
  const offered = file.arrays.filter((other) => other === array || other.name === array.name || isLarge(other));
  return {
    arrays: offered.map((one) => ({ name: one.name, text: describeArray(one) })),
    array: array.name,
    ...(slice && { slice }),
    axes: (slice ?? []).flatMap((index, axis) =>
      index === undefined || shape[axis] === 1 ? [] : [{ axis, length: shape[axis], ...(about.axes && { name: about.axes[axis] }) }],
    ),
  };
}

function nameIn(file: ArrayFile, { name }: NumericArray): string {
  return file.arrays.length === 1 ? file.name : `${file.name} (${printable(name)})`;
}

function checkSize(shape: Shape, slice: readonly (number | undefined)[] | undefined, name: string): void {
  const wanted = slice === undefined ? shape : shape.filter((_, axis) => slice[axis] === undefined);
  if (sizeOf(wanted) > MOST_NUMBERS) throw tooMuch(name, `${wanted.join(' x ')} numbers`);
}

function tooMuch(name: string, what: string): UserError {
  return new UserError(`${name} has ${what}, more than this page can hold at once. Use the command line, or save a part of it.`);
}

/** Whether a TIFF holds numbers, or one picture in grey of 16 bits; what is left are pictures for the eye, which need their colours. */
async function isNumbers(file: File): Promise<boolean> {
  const { pages } = await readTiffPages(blobSource(file));
  const [{ type, samples, photometric }] = pages;
  if (type !== 'u1' && type !== 'u2') return true;
  return samples === 1 && (pages.length > 1 || (type === 'u2' && photometric === 1));
}
