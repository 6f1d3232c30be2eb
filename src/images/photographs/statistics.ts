import type { Tensor } from '../../tensor/tensor.js';

/** What photographs have in common, in numbers; brightness and colour with black 0 and white 1. */
export interface PhotographStatistics {
  /** Mean and standard deviation of the luma (Rec. 601). */
  mean: number;
  deviation: number;
  /** The power spectrum falls as 1 / f^exponent; about 2 for photographs (Field, 1987). */
  exponent: number;
  /** Kurtosis of the differences of neighbouring pixels: 3 for noise, well above it for things with edges. */
  kurtosis: number;
  /** Mean of the largest less the smallest channel, and what a tenth of the pixels exceed. */
  chroma: number;
  strongChroma: number;
  /** Share of 8 x 8 blocks whose standard deviation is under 0.02. */
  flat: number;
  /** Root mean square of what is lost in means of 4 x 4 pixels: what an autoencoder with factor 4 must know by heart. */
  detail: number;
}

/** Statistics of an image [3, side, side] in [-1, 1], the side divisible by 32. */
export function photographStatistics(image: Tensor): PhotographStatistics {
  const [, side] = image.shape;
  const n = side * side;
  const { data } = image;
  const luma = new Float32Array(n);
  const chroma = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const [r, g, b] = [data[i], data[n + i], data[2 * n + i]];
    luma[i] = (0.299 * r + 0.587 * g + 0.114 * b + 1) / 2;
    chroma[i] = (Math.max(r, g, b) - Math.min(r, g, b)) / 2;
  }
  const bands = haarBands(luma, side);
  const mean = average(luma);
  const sorted = chroma.slice().sort();
  return {
    mean,
    deviation: Math.sqrt(average(luma.map((v) => (v - mean) ** 2))),
    exponent: 2 + slopeOf(bands.slice(0, 5).map(Math.log2)),
    kurtosis: kurtosisOfDifferences(luma, side),
    chroma: average(chroma),
    strongChroma: sorted[Math.floor(0.9 * n)],
    flat: flatShare(luma, side),
    // each level holds its own part of the variance
    detail: Math.sqrt(bands[0] + bands[1]),
  };
}

function average(values: Float32Array): number {
  let total = 0;
  for (const v of values) total += v;
  return total / values.length;
}

/** Variance at scales 1, 2, 4, ... pixels: mean square of what a mean over 2 x 2 takes away, level by level. */
function haarBands(luma: Float32Array, side: number): number[] {
  const bands: number[] = [];
  let level = luma;
  for (let s = side; s >= 8; s /= 2) {
    const half = s / 2;
    const next = new Float32Array(half * half);
    let lost = 0;
    for (let i = 0; i < half; i++) {
      for (let j = 0; j < half; j++) {
        const at = 2 * i * s + 2 * j;
        const four = [level[at], level[at + 1], level[at + s], level[at + s + 1]];
        const mean = (four[0] + four[1] + four[2] + four[3]) / 4;
        next[i * half + j] = mean;
        for (const v of four) lost += (v - mean) ** 2;
      }
    }
    bands.push(lost / (s * s));
    level = next;
  }
  return bands;
}

/** Least-squares slope of values against their number. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  let [top, bottom] = [0, 0];
  values.forEach((v, k) => {
    top += v * (k - middle);
    bottom += (k - middle) ** 2;
  });
  return top / bottom;
}

function kurtosisOfDifferences(luma: Float32Array, side: number): number {
  let [second, fourth, count] = [0, 0, 0];
  for (let i = 0; i < luma.length; i++) {
    if (i % side === side - 1 || i >= luma.length - side) continue;
    for (const d of [luma[i + 1] - luma[i], luma[i + side] - luma[i]]) {
      second += d * d;
      fourth += d ** 4;
      count++;
    }
  }
  return fourth / count / (second / count) ** 2;
}

function flatShare(luma: Float32Array, side: number): number {
  let flat = 0;
  for (let top = 0; top < side; top += 8) {
    for (let left = 0; left < side; left += 8) {
      let [sum, square] = [0, 0];
      for (let k = 0; k < 64; k++) {
        const v = luma[(top + (k >> 3)) * side + left + (k & 7)];
        sum += v / 64;
        square += (v * v) / 64;
      }
      if (square - sum * sum < 0.02 ** 2) flat++;
    }
  }
  return flat / (side / 8) ** 2;
}
