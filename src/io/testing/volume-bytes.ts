import { bytesIn } from './array-files.js';

export interface NiftiOptions {
  readonly version: 1 | 2;
  readonly little: boolean;
  /** Innermost first, as the file has them. */
  readonly sizes: readonly number[];
  readonly spacing: readonly number[];
  readonly units: number;
  readonly slope?: number;
  readonly intercept?: number;
  /** Code of the number type; 4 is int16. */
  readonly type?: number;
  /** The rows of the matrix to coordinates that lead to the right, the front and the head. */
  readonly matrix?: readonly (readonly number[])[];
  /** Whether the numbers are in another file. */
  readonly pair?: boolean;
}

/** A NIfTI file of int16 (nifti1.h, nifti2.h). */
export function niftiBytes(words: Int16Array, options: NiftiOptions): Uint8Array {
  const { version, little, sizes, spacing, units, slope = 0, intercept = 0, type = 4, pair = false, matrix } = options;
  const start = version === 1 ? 352 : 544;
  const bytes = new Uint8Array(pair ? start : start + 2 * words.length);
  const view = new DataView(bytes.buffer);
  const dims = [sizes.length, ...sizes, 1, 1, 1, 1, 1, 1, 1].slice(0, 8);
  const magic = `n${pair ? 'i' : '+'}${version}`;
  if (version === 1) {
    view.setInt32(0, 348, little);
    dims.forEach((n, k) => void view.setInt16(40 + 2 * k, n, little));
    view.setInt16(70, type, little);
    view.setInt16(72, 16, little);
    spacing.forEach((mm, k) => void view.setFloat32(80 + 4 * k, mm, little));
    view.setFloat32(108, pair ? 0 : start, little);
    view.setFloat32(112, slope, little);
    view.setFloat32(116, intercept, little);
    view.setUint8(123, units);
    if (matrix) view.setInt16(254, 1, little);
    matrix?.flat().forEach((part, k) => void view.setFloat32(280 + 4 * k, part, little));
    bytes.set(Buffer.from(magic), 344);
  } else {
    view.setInt32(0, 540, little);
    bytes.set(Buffer.from(magic), 4);
    view.setInt16(12, type, little);
    view.setInt16(14, 16, little);
    dims.forEach((n, k) => void view.setBigInt64(16 + 8 * k, BigInt(n), little));
    spacing.forEach((mm, k) => void view.setFloat64(112 + 8 * k, mm, little));
    view.setBigInt64(168, BigInt(pair ? 0 : start), little);
    view.setFloat64(176, slope, little);
    view.setFloat64(184, intercept, little);
    view.setInt32(500, units, little);
    if (matrix) view.setInt32(348, 1, little);
    matrix?.flat().forEach((part, k) => void view.setFloat64(400 + 8 * k, part, little));
  }
  if (!pair) words.forEach((word, k) => void view.setInt16(start + 2 * k, word, little));
  return bytes;
}

/** The text of a MetaImage header, its fields in the order given. */
export function metaHeader(fields: object): Uint8Array {
  const lines = Object.entries({ ObjectType: 'Image', ...fields }).map(([key, value]) => `${key} = ${value}\n`);
  return bytesIn(Buffer.from(lines.join('')));
}
