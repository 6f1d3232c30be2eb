import { UserError } from '../tensor/errors.js';
import { formatShape, type Tensor } from '../tensor/tensor.js';

/** An image as encoders take it: whole numbers, channels interleaved. */
export interface Samples {
  /** [height, width, channels]. */
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
}

export interface SampleOptions {
  /** Values of black and white, default [-1, 1]; what lies beyond is clipped. `windowRange(window)` shows a CT through a window. */
  readonly range?: readonly [black: number, white: number];
  /** Bits a sample, default 8. */
  readonly bits?: 8 | 16;
  /** [H, W] opacity in [0, 1]; the colours are written as they are, not multiplied by it. */
  readonly alpha?: Tensor;
}

/**
 * An image as 8- or 16-bit samples, rounded to nearest.
 * @param x [H, W], [C, H, W] or [1, C, H, W], C = 1 or 3
 * @throws RangeError for another shape, or an alpha of another size; UserError when a pixel is NaN or infinite
 */
export function samplesFromTensor(x: Tensor, options: SampleOptions = {}): Samples {
  const shape = x.shape.length === 2 ? [1, ...x.shape] : x.shape.length === 4 && x.shape[0] === 1 ? x.shape.slice(1) : x.shape;
  const [colours, height, width] = shape;
  if (shape.length !== 3 || (colours !== 1 && colours !== 3)) throw new RangeError(`not a grey or colour image: ${formatShape(x.shape)}`);
  const { alpha, range: [black, white] = [-1, 1] } = options;
  if (alpha && formatShape(alpha.shape) !== formatShape([height, width]))
    throw new RangeError(`an alpha of ${formatShape(alpha.shape)} for an image of ${formatShape(x.shape)}`);
  const top = options.bits === 16 ? 65535 : 255;
  const count = height * width;
  const channels = (alpha ? colours + 1 : colours) as Samples['channels'];
  const data = top === 65535 ? new Uint16Array(channels * count) : new Uint8Array(channels * count);
  const put = (plane: ArrayLike<number>, from: number, channel: number, [low, high]: readonly [number, number]) => {
    for (let p = 0; p < count; p++) {
      const value = plane[from + p];
      if (!Number.isFinite(value))
        throw new UserError(
          'The image to be written has NaN or infinite pixels: the computation before it diverged. Try smaller steps or less noise.',
        );
      data[p * channels + channel] = Math.round(Math.min(1, Math.max(0, (value - low) / (high - low))) * top);
    }
  };
  for (let c = 0; c < colours; c++) put(x.data, c * count, c, [black, white]);
  if (alpha) put(alpha.data, 0, colours, [0, 1]);
  return { data, width, height, channels };
}
