import { loadSharp } from '../../io/node/load-sharp.js';
import { samplesFromTensor } from '../../io/samples.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * A small picture of an image, as a PNG of 8 bits.
 * @param x [H, W], [C, H, W] or [1, C, H, W], C = 1 or 3
 * @param side most rows and columns
 * @throws UserError when a pixel is NaN or infinite
 */
export async function thumbnail(x: Tensor, side: number, range?: readonly [number, number]): Promise<Uint8Array> {
  const { data, width, height, channels } = samplesFromTensor(x, { range });
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { width, height, channels } }).toColourspace(channels < 3 ? 'b-w' : 'srgb');
  return image.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true }).png().toBuffer();
}
