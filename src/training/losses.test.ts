import { expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { initialise, inputParams } from '../nn/index.js';
import { firstStageSchema } from '../priors/config.js';
import { tinyFirstStage } from '../priors/testing/tiny-configs.js';
import { Random } from '../tensor/random.js';
import { full, type Tensor, tensor } from '../tensor/tensor.js';
import { edgeLoss, firstStageLoss } from './losses.js';

const weights = { l1: 1, l2: 0, edges: 0.5, codebook: 1, commitment: 0.25, kl: 0.1 };
const base = { ...tinyFirstStage, nEmbed: undefined, resolution: 8 };
const x = new Random(1).normals([2, 1, 8, 8]);

function losses(kind: 'vq' | 'kl'): Record<string, number> {
  const config = firstStageSchema.parse({ ...base, kind, ...(kind === 'vq' && { nEmbed: 16 }) });
  const { params, specs } = inputParams();
  const { losses: terms } = firstStageLoss(params, config, input('x', x.shape), input('noise', [2, 2, 4, 4]), weights);
  const feeds: Record<string, Tensor> = {
    x,
    noise: new Random(2).normals([2, 2, 4, 4]),
    ...Object.fromEntries(initialise(specs, new Random(3))),
  };
  return Object.fromEntries(Object.entries(evaluate(terms, feeds)).map(([name, { data }]) => [name, data[0]]));
}

test.each(['vq', 'kl'] as const)('the loss of a %s first stage is the weighted sum of its terms', (kind) => {
  const { loss, l1, edges, latent } = losses(kind);
  expect(loss).toBeCloseTo(l1 + 0.5 * edges + latent, 6);
  for (const term of [l1, edges, latent]) expect(term).toBeGreaterThan(0);
});

test('the edge loss sees a step, not an offset', () => {
  const flat = full(0.3, [1, 1, 8, 8]);
  const step = tensor(
    [1, 1, 8, 8],
    Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 0 : 1)),
  );
  const at = (a: Tensor, b: Tensor): number => evaluate({ y: edgeLoss(input('a', a.shape), input('b', b.shape)) }, { a, b }).y.data[0];
  expect(at(flat, full(0, flat.shape))).toBeCloseTo(0, 6);
  // right neighbours differ at 1 of 7, 1 of 3 and 1 of 1 places at the three scales; down never
  expect(at(step, flat)).toBeCloseTo((1 / 7 + 1 / 3 + 1) / 6, 5);
});
