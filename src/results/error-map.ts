import { clampToImage, type Tensor, tensor } from '../tensor/tensor.js';

/** Stops of a black-body ramp: black, purple, red, yellow, white; monotone in lightness, so it reads in grey too. */
const stops: ReadonlyArray<readonly [number, number, number]> = [
  [0, 0, 0],
  [0.29, 0.07, 0.42],
  [0.73, 0.22, 0.33],
  [0.98, 0.62, 0.15],
  [1, 1, 0.85],
];

/**
 * |a - b| of two images, taken on [0, 1] and as the mean of the channels, as a colour picture [3, H, W] in
 * [-1, 1]: black is no error, white `most` or more.
 * @param a and b have one shape, of which the last three axes are C, H and W.
 */
export function errorMap(a: Tensor, b: Tensor, most = 0.1): Tensor {
  return colourMap(a, (k) => Math.abs(clampToImage(a.data[k]) - clampToImage(b.data[k])) / 2, most);
}

/** Standard deviations of an image in [-1, 1], in the colours of {@link errorMap} and on its scale. */
export function spreadMap(deviation: Tensor, most = 0.1): Tensor {
  return colourMap(deviation, (k) => deviation.data[k] / 2, most);
}

/** The mean over the channels of a value at each number of an image, as a colour. */
function colourMap({ shape }: Tensor, valueAt: (k: number) => number, most: number): Tensor {
  const [channels, height, width] = shape.slice(-3);
  const plane = height * width;
  const out = tensor([3, height, width]);
  for (let i = 0; i < plane; i++) {
    let value = 0;
    for (let k = i; k < channels * plane; k += plane) value += valueAt(k) / channels;
    const at = Math.min(1, value / most) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) out.data[c * plane + i] = 2 * (stops[k][c] + (at - k) * (stops[k + 1][c] - stops[k][c])) - 1;
  }
  return out;
}
