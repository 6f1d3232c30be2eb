import sharp from 'sharp';
import type { Tensor } from '../../tensor/tensor.js';
import { formatNpy } from '../npy.js';
import { samplesFromTensor } from '../samples.js';
import { writeAtomically } from './files.js';

export interface PngOptions {
  /** Values of black and white, default [-1, 1]; `windowRange(window)` shows a CT through a window. */
  readonly range?: readonly [black: number, white: number];
  /** Bits a sample, default 8. */
  readonly bits?: 8 | 16;
}

/**
 * An image as the bytes of a PNG.
 * @param x [H, W], [C, H, W] or [1, C, H, W], C = 1 or 3
 * @throws RangeError for another shape; UserError when a pixel is NaN or infinite
 */
export async function encodePng(x: Tensor, options: PngOptions = {}): Promise<Uint8Array> {
  const { data, width, height, channels } = samplesFromTensor(x, options);
  const space = `${channels === 1 ? (options.bits === 16 ? 'grey' : 'b-w') : options.bits === 16 ? 'rgb' : 'srgb'}${options.bits === 16 ? '16' : ''}`;
  return sharp(data, { raw: { width, height, channels } }).toColourspace(space).png().toBuffer();
}

/** Write an image as a PNG, atomically. @throws as {@link encodePng}, and UserError when the file cannot be written */
export async function writePng(path: string, x: Tensor, options: PngOptions = {}): Promise<void> {
  await writeAtomically(path, await encodePng(x, options));
}

/** Write a tensor as float32 NPY, values as they are, atomically. @throws UserError when the file cannot be written */
export async function writeNpy(path: string, x: Tensor): Promise<void> {
  await writeAtomically(path, formatNpy(x));
}

/** Write a value as indented JSON with a final newline, atomically. @throws UserError when the file cannot be written */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
