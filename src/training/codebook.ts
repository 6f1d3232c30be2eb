import { input } from '../graph/index.js';
import { constantParams, inputParams } from '../nn/index.js';
import type { FirstStageConfig } from '../priors/config.js';
import { encode, quantise } from '../priors/first-stage.js';
import type { Runtime } from '../runtime/index.js';
import type { Random } from '../tensor/random.js';
import { reshapeTensor, type Tensor } from '../tensor/tensor.js';
import type { Weights } from './adamw.js';
import type { ImageSource } from './data.js';

const BOOK = 'quantize.embedding.weight';
/** Positions of each image that an idle code may move to. */
const CANDIDATES = 64;

export interface CodebookFit {
  /** Images whose latents the book is fitted to. */
  readonly images: number;
  /** Passes of Lloyd's algorithm; 0 leaves the book as it is. */
  readonly passes: number;
}

/**
 * Fit the codes of a VQ first stage to the latents of its finished encoder: k-means by Lloyd's algorithm, from the codes that
 * gradient descent left. A code that no latent takes moves to one that is badly served, drawn by its squared distance (as in k-means++).
 * @param weights the first stage's, without prefix; the book is changed in place
 * @returns mean square distance from latents to their codes, before each pass and after the last
 */
export async function fitCodebook(
  runtime: Runtime,
  config: FirstStageConfig,
  weights: Weights,
  source: ImageSource,
  { images, passes }: CodebookFit,
  random: Random,
): Promise<number[]> {
  const shape = [1, config.inChannels, config.resolution, config.resolution];
  const encoder = await runtime.compile({ z: encode(constantParams(weights), config, input('x', shape)) }, { name: 'encoder' });
  const latents: Tensor[] = [];
  for (let i = 0; i < images; i++) latents.push((await encoder.run({ x: reshapeTensor(await source(i), shape) })).z);
  await encoder.dispose();

  const { params } = inputParams();
  const { indices } = quantise(params, config, input('z', latents[0].shape));
  const search = await runtime.compile({ indices }, { name: 'nearest codes' });
  const book = weights.get(BOOK)!;
  const [codes, d] = book.shape;
  const errors: number[] = [];
  for (let pass = 0; pass <= passes; pass++) {
    const own = random.fork(`pass ${pass}`);
    const sums = new Float64Array(codes * d);
    const counts = new Float64Array(codes);
    const candidates: number[][] = [];
    let total = 0;
    for (const z of latents) {
      const found = (await search.run({ z, [BOOK]: book })).indices.data;
      const distances = new Float64Array(found.length);
      found.forEach((code, p) => {
        counts[code]++;
        for (let c = 0; c < d; c++) {
          const value = z.data[c * found.length + p];
          sums[code * d + c] += value;
          distances[p] += (value - book.data[code * d + c]) ** 2;
        }
      });
      total += distances.reduce((a, b) => a + b) / (found.length * d);
      for (const p of drawn(distances, CANDIDATES, own)) candidates.push(Array.from({ length: d }, (_, c) => z.data[c * found.length + p]));
    }
    errors.push(total / images);
    if (pass === passes) break;
    for (let code = 0; code < codes; code++) {
      const moved = counts[code] > 0 ? undefined : candidates[own.integer(candidates.length)];
      for (let c = 0; c < d; c++) book.data[code * d + c] = moved?.[c] ?? sums[code * d + c] / counts[code];
    }
  }
  await search.dispose();
  return errors;
}

/** `count` positions, each with a probability proportional to its weight. */
function drawn(weights: Float64Array, count: number, random: Random): number[] {
  const total = weights.reduce((a, b) => a + b);
  if (total === 0) return [0];
  const marks = Float64Array.from({ length: count }, () => random.uniform() * total).sort();
  const found: number[] = [];
  let sum = 0;
  let next = 0;
  for (let p = 0; p < weights.length && next < count; p++) {
    sum += weights[p];
    for (; next < count && marks[next] < sum; next++) found.push(p);
  }
  return found;
}
