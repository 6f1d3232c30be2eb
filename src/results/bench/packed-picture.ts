import { type Tensor, tensor } from '../../tensor/tensor.js';

const LEVELS = 4095;

/**
 * A picture for a report that looks at it through windows of its own: grey in 4096 steps (half a HU), the upper eight bits as red and the
 * lower four as green, since a browser's canvas has eight bits a channel. A colour picture stays as it is.
 * @param image `[1, C, H, W]` or `[C, H, W]` in [-1, 1], clipped
 * @returns `[3, H, W]` in [-1, 1], for an 8-bit PNG
 */
export function packPicture(image: Tensor): Tensor {
  const [channels, height, width] = image.shape.slice(-3);
  if (channels !== 1) return tensor([channels, height, width], image.data.slice());
  const plane = height * width;
  const out = tensor([3, height, width]);
  const sample = (byte: number): number => (byte / 255) * 2 - 1;
  for (let i = 0; i < plane; i++) {
    const level = Math.round((Math.min(1, Math.max(-1, image.data[i])) + 1) * 0.5 * LEVELS);
    out.data[i] = sample(level >> 4);
    out.data[plane + i] = sample((level & 15) << 4);
    out.data[2 * plane + i] = -1;
  }
  return out;
}
