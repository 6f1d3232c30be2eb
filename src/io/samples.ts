import { UserError } from '../tensor/errors.js';
import { formatShape, type Tensor } from '../tensor/tensor.js';

/** An image as encoders take it: whole numbers, channels interleaved. */
export interface Samples {
  /** [height, width, channels]. */
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/**
 * An image as 8- or 16-bit samples, rounded to nearest.
 * @param x [H, W], [C, H, W] or [1, C, H, W], C = 1 or 3
 * @param range values of black and white, default [-1, 1]; what lies beyond is clipped. `windowRange` gives those of a CT window
 * @throws RangeError for another shape; UserError when a pixel is NaN or infinite
 */
export function samplesFromTensor(x: Tensor, options: { range?: readonly [number, number]; bits?: 8 | 16 } = {}): Samples {
  const shape = x.shape.length === 2 ? [1, ...x.shape] : x.shape.length === 4 && x.shape[0] === 1 ? x.shape.slice(1) : x.shape;
  const [channels, height, width] = shape;
  if (shape.length !== 3 || (channels !== 1 && channels !== 3)) throw new RangeError(`not a grey or colour image: ${formatShape(x.shape)}`);
  const [black, white] = options.range ?? [-1, 1];
  const top = options.bits === 16 ? 65535 : 255;
  const data = top === 65535 ? new Uint16Array(x.data.length) : new Uint8Array(x.data.length);
  const count = height * width;
  for (let c = 0, i = 0; c < channels; c++) {
    for (let p = 0; p < count; p++, i++) {
      const value = x.data[i];
      if (!Number.isFinite(value))
        throw new UserError(
          'The image to be written has NaN or infinite pixels: the computation before it diverged. Try smaller steps or less noise.',
        );
      data[p * channels + c] = Math.round(Math.min(1, Math.max(0, (value - black) / (white - black))) * top);
    }
  }
  return { data, width, height, channels };
}
