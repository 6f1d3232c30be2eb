import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UsageError } from '../../tensor/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { acrossPlane, chooseArray, imageNumbers, readAll, readSlice, type SliceChoice } from '../arrays/index.js';
import { npyTensor, parseNpy } from '../npy.js';
import { type Picture, pictureFromNumbers, type ValueRange } from '../picture.js';
import { readBytes } from './files.js';
import { openArrays, splitInner } from './open-arrays.js';

/** Numbers out of a file, such as a measurement. */
export interface ReadNumbers {
  readonly values: Tensor;
  /** What was chosen, one sentence each. */
  readonly notices: readonly string[];
}

export interface ReadNumbersOptions {
  /** The slice that is wanted of an array of more axes. */
  readonly slice?: SliceChoice;
  /** The two axes that are wanted of it, where that is known: [views, bins] of a sinogram. The slices lie across the others. */
  readonly plane?: readonly [rows: number, columns: number];
}

/**
 * Read an array as it is, or a slice of it where two axes are wanted and it has more: NPY, NPZ, HDF5, MATLAB, NIfTI, MetaImage, TIFF.
 * @param text a path, with the name of an array after a colon where the file holds several
 * @returns float32, so that whole numbers are exact up to 2^24
 * @throws UserError when it cannot be read; UsageError when it is not plain which array is meant
 */
export async function readNumbers(text: string, { slice, plane }: ReadNumbersOptions = {}): Promise<ReadNumbers> {
  const { path, inner } = splitInner(text);
  const info = await stat(path).catch(() => undefined);
  // a pipe gives all of it, or nothing; and what is wrong with a path is said there
  if (!info?.isFile()) return { values: npyTensor(parseNpy(await readBytes(path), path)), notices: [] };
  const file = await openArrays(path);
  try {
    const array = chooseArray(file, inner);
    const rank = array.shape.filter((n) => n !== 1).length;
    if (slice === undefined && (plane === undefined || rank <= 2)) {
      const data = await readAll(array, text);
      // MATLAB's and others' axes of length 1 around two that are wanted
      const shape = plane && array.shape.length > 2 && rank === 2 ? array.shape.filter((n) => n !== 1) : array.shape;
      return { values: tensor(shape, data), notices: [] };
    }
    const { shape, data, notices } = await readSlice(plane ? acrossPlane(array, plane) : array, text, slice);
    return { values: tensor(shape, data), notices };
  } finally {
    await file.close();
  }
}

/** How many slices there are in a file, as {@link readNumbers} counts them; 1 of two axes, or of a pipe. */
export async function sliceCount(text: string, plane?: readonly [rows: number, columns: number]): Promise<number> {
  const { path, inner } = splitInner(text);
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return 1;
  const file = await openArrays(path);
  try {
    const array = chooseArray(file, inner);
    const { shape, about } = plane ? acrossPlane(array, plane) : array;
    if (shape.filter((n) => n !== 1).length <= 2) return 1;
    return shape[about.sliceAxis ?? shape.findIndex((n) => n !== 1)];
  } finally {
    await file.close();
  }
}

/**
 * An image out of a file of arrays: one of two axes (or of three colours), or a slice of one of more.
 * @throws UserError as `readPicture`
 */
export async function readSlicePicture(path: string, inner?: string, range?: ValueRange, slice?: SliceChoice): Promise<Picture> {
  const file = await openArrays(path);
  const name = inner === undefined ? path : `${path}:${inner}`;
  try {
    const array = chooseArray(file, inner);
    const { unit } = array.about;
    if (range !== undefined && unit === 'hu') throw new UsageError(`${path} states that its values are in HU. Leave out --range.`);
    const { numbers, origin } = await imageNumbers(file, array, name, slice);
    return pictureFromNumbers(numbers, origin, name, unit === 'hu' ? 'hu' : range);
  } finally {
    await file.close();
  }
}

/** A file as reports name it: its base name, and what is meant inside. */
export function shortName(text: string): string {
  const { path, inner } = splitInner(text);
  return inner === undefined ? basename(path) : `${basename(path)}:${inner}`;
}
