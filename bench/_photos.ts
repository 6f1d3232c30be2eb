import { basename } from 'node:path';
import { cut } from '../src/experiments/pose.js';
import { prepare } from '../src/io/index.js';
import { findImages, readPicture } from '../src/io/node/index.js';
import type { Tensor } from '../src/tensor/tensor.js';

/** `crop`: the middle of the picture, its pixels as they are; `resize`: the largest square in the middle, resized. */
export type Fit = 'crop' | 'resize';

/** Every picture in a folder as an image of one size `[1, C, side, side]`, always the same of each. */
export async function squares(
  folder: string,
  channels: 1 | 3,
  side: number,
  fit: Fit,
): Promise<Array<readonly [name: string, image: Tensor]>> {
  const images: Array<readonly [string, Tensor]> = [];
  for (const file of await findImages(folder)) {
    const picture = await readPicture(file);
    const [, height, width] = picture.pixels.shape;
    const size = fit === 'resize' || Math.min(height, width) < side ? ([side, side] as const) : 'native';
    const { tensor } = prepare(picture, { channels, size }, file);
    const [top, left] = [Math.floor((tensor.shape[2] - side) / 2), Math.floor((tensor.shape[3] - side) / 2)];
    images.push([basename(file), cut(tensor, { top, left, height: side, width: side })]);
  }
  return images;
}
