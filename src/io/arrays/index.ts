import type { ArrayFormat } from './array-format.js';
import { dicom } from './dicom.js';
import { hdf5 } from './hdf5.js';
import { mat4 } from './mat4.js';
import { mat5 } from './mat5.js';
import { metaimage } from './metaimage.js';
import { nifti } from './nifti.js';
import { npy } from './npy.js';
import { npz } from './npz.js';
import { tiff } from './tiff.js';

export { acrossPlane } from './across-plane.js';
export { type ArrayFormat, nothingAround, type Surroundings } from './array-format.js';
export { chooseArray, describeArray, listArrays } from './choose.js';
export { imageNumbers, isWholePicture } from './image-numbers.js';
export { type ArrayFile, type ArrayMeaning, type NumericArray, readAll, slicesOf } from './numeric-array.js';
export { type RecognisedScan, recogniseScan } from './recognise.js';
export { middleSlice, parseSlice, readSlice, type Slice, type SliceChoice } from './slice.js';
export { type Direction, upright } from './upright.js';

/** Every kind of file that arrays are read from; a new one is its file and its line here. */
export const arrayFormats: readonly ArrayFormat[] = [dicom, npy, npz, mat5, hdf5, tiff, nifti, metaimage, mat4];

/** Bytes from the start of a file that are enough to tell its format. */
export const START = 1024;

/** The format of a file of arrays; undefined when it is none. @param start its first bytes, {@link START} are enough */
export function arrayFormatOf(start: Uint8Array, fileName: string): ArrayFormat | undefined {
  return arrayFormats.find((format) => format.is(start, fileName));
}
