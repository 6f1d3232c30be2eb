import { type Tensor, tensor } from '../tensor/tensor.js';

/**
 * A picture whose colours go on under its transparent pixels: there a file may hold any colour, often black, and whatever mixes
 * neighbours (a blur, a change of size) would draw it into what is seen as a dark fringe. Each takes the mean of the nearest colours,
 * weighted by opacity; what is not wholly transparent stays.
 * @param pixels [C, H, W], not multiplied by alpha
 * @param alpha [H, W] in [0, 1], above 0 somewhere
 */
export function bleed(pixels: Tensor, alpha: Tensor): Tensor {
  const [channels, height, width] = pixels.shape;
  const weighted = Float32Array.from(pixels.data, (value, i) => value * alpha.data[i % alpha.data.length]);
  const filled = fill({ channels, height, width, colours: weighted, weights: Float32Array.from(alpha.data) });
  return tensor(
    pixels.shape,
    pixels.data.map((value, i) => (alpha.data[i % alpha.data.length] > 0 ? value : filled[i])),
  );
}

/** Colours multiplied by their weights, at one resolution. */
interface Layer {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly colours: Float32Array;
  readonly weights: Float32Array;
}

/**
 * Colours `[C, H, W]` where there is weight, and elsewhere those of the layer of half the resolution ("pull and push", Gortler et al.,
 * SIGGRAPH 1996).
 */
function fill(layer: Layer): Float32Array {
  const { channels, height, width, colours, weights } = layer;
  const plane = height * width;
  const coarse = plane > 1 && weights.some((weight) => weight === 0) ? fill(halve(layer)) : undefined;
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  return Float32Array.from({ length: channels * plane }, (_, i) => {
    const at = i % plane;
    if (weights[at] > 0) return colours[i] / weights[at];
    const [y, x] = [Math.floor(at / width) >> 1, (at % width) >> 1];
    return coarse === undefined ? 0 : coarse[Math.floor(i / plane) * rows * columns + y * columns + x];
  });
}

function halve({ channels, height, width, colours, weights }: Layer): Layer {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const sums = (from: Float32Array, planes: number) => {
    const out = new Float32Array(planes * rows * columns);
    for (let i = 0; i < from.length; i++) {
      const at = i % (height * width);
      out[Math.floor(i / (height * width)) * rows * columns + (Math.floor(at / width) >> 1) * columns + ((at % width) >> 1)] += from[i];
    }
    return out;
  };
  return { channels, height: rows, width: columns, colours: sums(colours, channels), weights: sums(weights, 1) };
}
