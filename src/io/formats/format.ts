import type { SliceChoice } from '../arrays/slice.js';
import type { Picture, ValueRange } from '../picture.js';

interface Signature {
  /** As a picture's source has it: `png`. */
  readonly name: string;
  /** As users write it: `PNG`. */
  readonly title: string;
  /** By the first bytes of a file, whatever its name; 132 are enough. */
  is(bytes: Uint8Array): boolean;
}

/** A kind of file that states what its numbers mean, and is read here. */
export interface NumberFormat extends Signature {
  /**
   * @param slice of a file of several frames
   * @throws UserError, in one paragraph with the remedy, for a file that cannot be read, or a range that it does not need.
   */
  read(bytes: Uint8Array, path: string, range?: ValueRange, slice?: SliceChoice): Picture | Promise<Picture>;
}

/** A kind of file whose samples a decoder gives: Node's, or the browser's own. */
export interface RasterFormat extends Signature {
  readonly raster: true;
  /** How many frames there are, where the decoder does not tell; more than one is an animation. */
  frames?(bytes: Uint8Array): number;
  /** Whether several pages are an animation. */
  readonly animates?: boolean;
}

/** A kind of image file, all of it in one file of this folder. */
export type ImageFormat = NumberFormat | RasterFormat;

export function isRaster(format: ImageFormat): format is RasterFormat {
  return 'raster' in format;
}

export function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** Four bytes as text. */
export function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
