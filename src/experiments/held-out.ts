import { ctPhantom, type PhantomKind } from '../images/phantoms/index.js';
import { photograph } from '../images/photographs/index.js';
import { Random } from '../tensor/random.js';
import { reshapeTensor, type Tensor } from '../tensor/tensor.js';

/**
 * Phantoms and synthetic photographs that no training sees: training draws from forks of the seed of its configuration, which is none of
 * these. Figures are reported on `test` images; whatever is chosen by looking at results is chosen on `tuning` images.
 */
const firstSeed = { test: 1_000_000, tuning: 2_000_000, demo: 3_000_000 };

export type HeldOutSet = keyof typeof firstSeed;

/** The phantom number `index` of a set, of one kind or of the mixture: `[1, 1, size, size]` in [-1, 1], and its seed. */
export function heldOutPhantom(set: HeldOutSet, index: number, size = 256, kind?: PhantomKind): { image: Tensor; seed: number } {
  const seed = firstSeed[set] + index;
  return { image: reshapeTensor(ctPhantom(new Random(seed), { size, kind }), [1, 1, size, size]), seed };
}

/** The synthetic photograph number `index` of a set: `[1, 3, size, size]` in [-1, 1], and its seed. */
export function heldOutPhotograph(set: HeldOutSet, index: number, size = 256): { image: Tensor; seed: number } {
  const seed = firstSeed[set] + index;
  return { image: reshapeTensor(photograph(new Random(seed), { size }), [1, 3, size, size]), seed };
}
