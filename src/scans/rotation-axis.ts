import { UserError } from '../tensor/errors.js';

/** Where the rotation axis was found. */
export interface FoundAxis {
  /** In detector bins. */
  readonly axis: number;
  /** Least value of the score over its median over the bins that were tried: near 1, nothing spoke for this bin. */
  readonly contrast: number;
  /** Whether the best was at an end of what was tried: the axis is perhaps not there. */
  readonly atEnd: boolean;
}

export interface AxisSearch {
  /** Detector bins. */
  readonly bins: number;
  /** Bin to look around; by default the detector's middle. */
  readonly guess?: number;
  /** How far to either side; by default a sixth of the detector. */
  readonly reach?: number;
}

/** The search ends at this part of a bin. */
const FINEST = 0.05;

/**
 * The rotation axis whose image is best, by a score that is least there: at a wrong place every edge is doubled (Donath, Beckmann and
 * Schreyer, J. Opt. Soc. Am. A 23:1048, 2006). A coarse search, then finer ones around its best.
 * @param score of an axis, in bins: see {@link entropy}
 * @throws UserError when no axis has a finite score
 */
export async function findAxis(score: (axis: number) => number | Promise<number>, { bins, guess, reach }: AxisSearch): Promise<FoundAxis> {
  const middle = guess ?? (bins - 1) / 2;
  const far = reach ?? bins / 6;
  let step = Math.max(1, bins / 200);
  const steps = Math.ceil(far / step);
  const scores = new Map<number, number>();
  const at = async (axis: number): Promise<number> => {
    const known = scores.get(axis);
    if (known !== undefined) return known;
    const value = await score(axis);
    scores.set(axis, value);
    return value;
  };
  const bestOf = async (centre: number, count: number): Promise<number> => {
    let [best, least] = [centre, Number.POSITIVE_INFINITY];
    for (let k = -count; k <= count; k++) {
      const value = await at(centre + k * step);
      if (value < least) [best, least] = [centre + k * step, value];
    }
    return best;
  };
  let best = await bestOf(middle, steps);
  const coarse = [...scores.values()].filter(Number.isFinite).sort((a, b) => a - b);
  if (coarse.length === 0) throw new UserError('The rotation axis was not found: no image could be made. State its bin with --axis.');
  const atEnd = Math.abs(best - middle) > (steps - 1) * step;
  for (; step > FINEST; step /= 4) best = await bestOf(best, 4);
  return { axis: best, contrast: (scores.get(best) as number) / coarse[coarse.length >> 1], atEnd };
}

const LEVELS = 256;

/**
 * Entropy of the grey values in the disc of a radius in pixels, of an image `[H, W]`: few values are many pixels' where edges are sharp.
 * @param range of the values that are told apart; the same for images that are compared
 */
export function entropy(
  image: ArrayLike<number>,
  [height, width]: readonly [number, number],
  radius: number,
  range: readonly [number, number],
): number {
  const [low, high] = range;
  const counts = new Float64Array(LEVELS);
  let total = 0;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      if (Math.hypot(i - (height - 1) / 2, j - (width - 1) / 2) > radius) continue;
      const level = Math.floor(((image[i * width + j] - low) / (high - low)) * LEVELS);
      counts[Math.min(LEVELS - 1, Math.max(0, level))]++;
      total++;
    }
  return -counts.reduce((sum, count) => (count === 0 ? sum : sum + (count / total) * Math.log(count / total)), 0);
}
