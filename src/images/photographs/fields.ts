import type { Random } from '../../tensor/random.js';
import { boxBlurColumns, boxBlurRows, standardise, whiteNoise } from '../phantoms/noise.js';

/**
 * Noise for every texture of a picture: periodic squares of mean 0 and variance 1, made when first asked for. Octave 0 is white,
 * octave k smooth over about 2^k pixels; sums of them, each shifted at random, have any spectrum.
 */
export class Fields {
  /** A power of two, so that wrapping round is a mask. */
  readonly side: number;
  readonly octaves: number;
  private readonly made: Float32Array[] = [];
  private spare?: Float32Array;

  constructor(
    private readonly random: Random,
    size: number,
  ) {
    this.octaves = Math.max(5, Math.ceil(Math.log2(size)) - 1);
    this.side = 2 ** (this.octaves + 1);
  }

  /** Noise number k, a square of `side`; beyond the last, the last. */
  octave(k: number): Float32Array {
    const index = Math.min(k, this.octaves - 1);
    this.made[index] ??= index === 0 ? whiteNoise(this.random, this.side ** 2) : this.smoother(index);
    return this.made[index];
  }

  /**
   * A mean over the octave before, of a width that doubles from one to the next: together nearly a bell (Rvachev's up-function). Shifted
   * against one another, octaves are as good as independent.
   */
  private smoother(index: number): Float32Array {
    const half = Math.floor(3 * 2 ** (index - 2));
    const out = new Float32Array(this.side ** 2);
    this.spare ??= new Float32Array(out.length);
    boxBlurRows(this.octave(index - 1), this.spare, this.side, half);
    boxBlurColumns(this.spare, out, this.side, half);
    standardise(out);
    return out;
  }

  /** One value at a point, in pixels: the nearest, which for a smooth octave is enough to steer by. */
  at(k: number, x: number, y: number): number {
    const mask = this.side - 1;
    return this.octave(k)[(Math.floor(y) & mask) * this.side + (Math.floor(x) & mask)];
  }
}
