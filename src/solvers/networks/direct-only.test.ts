import { expect, test } from 'vitest';
import { limitedGeometry, type RadonOperator, radon } from '../../operators/index.js';
import { gaussianMixturePixelPrior } from '../../priors/index.js';
import { convolutionalPrior } from '../../priors/testing/small-priors.js';
import { createEvaluateRuntime } from '../../runtime/testing/evaluate-runtime.js';
import { relativeError } from '../../runtime/testing/small-decoder.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { finish, LatentModel, psld } from '../index.js';
import { PixelModel } from './pixel-model.js';

const context = { runtime: createEvaluateRuntime(), random: new Random(0) };

/** A scan of an image, and the same of which no graph can be made. */
function scans(size: readonly [number, number]): [RadonOperator, RadonOperator] {
  const operator = radon({ ...limitedGeometry({ size: 40, views: 6 }), size });
  const refuse = () => {
    throw new UserError('too many entries for a graph');
  };
  const { direct } = operator;
  return [operator, { ...operator, apply: refuse, linearPart: refuse, adjoint: refuse, direct: { ...direct!, only: true } }];
}

const measured = ({ outputShape }: RadonOperator) => new Random(5).normals([1, ...outputShape]);

test('with an operator that no graph holds, gradients through a latent prior are the same', async () => {
  const prior = convolutionalPrior(1);
  const [whole, apart] = scans([16, 16]).map(
    (operator) => new LatentModel(prior, { operator, y: measured(operator), sigma: 0.1 }, context),
  );
  const z = new Random(6).normals([1, ...prior.latentShape]);
  const level = 300;
  for (const misfit of [
    (model: LatentModel) => model.latentMisfit(z),
    (model: LatentModel) => model.guidance(z, level, prior.alphaBar[level]),
  ]) {
    const [a, b] = [await misfit(whole), await misfit(apart)];
    expect(b.squares / a.squares).toBeCloseTo(1, 5);
    expect(relativeError(b.gradient, a.gradient)).toBeLessThan(1e-5);
    expect(relativeError(b.image, a.image)).toBeLessThan(1e-6);
  }
  expect(apart.counts).toEqual(whole.counts);
});

test('and through a prior on pixels', async () => {
  const shape = [1, 6, 5];
  const random = new Random(7);
  const root = random.normals([30, 30]).data;
  const covariance = Float64Array.from({ length: 900 }, (_, k) => {
    const [i, j] = [Math.floor(k / 30), k % 30];
    let sum = i === j ? 0.1 : 0;
    for (let l = 0; l < 30; l++) sum += (root[i * 30 + l] * root[j * 30 + l]) / 60;
    return sum;
  });
  const prior = gaussianMixturePixelPrior(shape, [{ weight: 1, mean: random.normals([30]).data, covariance }]);
  const [whole, apart] = scans([6, 5]).map((operator) => new PixelModel(prior, { operator, y: measured(operator), sigma: 0.1 }, context));
  const x = random.normals([1, ...shape]);
  for (const clipped of [true, false]) {
    const [a, b] = [await whole.guidance(x, 0.4, { clipped }), await apart.guidance(x, 0.4, { clipped })];
    expect(b.squares / a.squares).toBeCloseTo(1, 5);
    expect(relativeError(b.gradient, a.gradient)).toBeLessThan(1e-5);
    expect(relativeError(b.clean, a.clean)).toBeLessThan(1e-6);
  }
  expect(apart.counts).toEqual(whole.counts);
});

test('PSLD, which needs it in its graph, says why it cannot', async () => {
  const [, operator] = scans([16, 16]);
  const problem = { operator, y: measured(operator), sigma: 0.1 };
  await expect(finish(psld(convolutionalPrior(1), problem, context))).rejects.toThrow(/too many entries/);
});
