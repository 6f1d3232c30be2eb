import { expect, test } from 'vitest';
import { add, constant, div, sub } from '../graph/index.js';
import { functionOf, identity, multiply, transposeDense } from '../priors/dense.js';
import type { PixelPrior } from '../priors/prior.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { admmPnp, finish, type Step } from './index.js';
import { squaredOperator } from './testing/linear-gaussian.js';
import { m, matrix, mean, n, operator, prior, sigma, y } from './testing/pixel-gaussian.js';

const runtime = createEvaluateRuntime();
const problem = { operator, y, sigma };
const context = () => ({ runtime, random: new Random(1) });

/** The proximal map of `weight / 2 ||x - mean||^2` with rho = 1: a denoiser whose ADMM has a known end. */
const shrink = (weight: number): PixelPrior => ({
  space: 'pixel',
  name: 'shrink',
  channels: 1,
  noise: [1e-3, 10],
  denoise: (x) => {
    const centre = constant(tensor(x.shape, mean));
    return add(centre, div(sub(x, centre), 1 + weight));
  },
});

test('a denoiser that is a proximal map: ADMM ends at the minimum of data term and penalty', async () => {
  const [rho, weight] = [2, 0.5];
  // v = prox of weight rho / 2 ||. - mean||^2: argmin 1/2 ||A x - y||^2 + weight rho / 2 ||x - mean||^2
  const image = await finish(
    admmPnp(shrink(weight), problem, context(), {
      steps: 300,
      lambda: (rho * 0.1 ** 2) / sigma ** 2,
      level: 0.1,
      lastLevel: 0.1,
      iterations: 30,
    }),
  );
  const transposed = transposeDense(matrix.data, m, n);
  const normal = multiply(transposed, matrix.data, n, m, n).map((v, i) => v + weight * rho * identity(n)[i]);
  const right = multiply(transposed, y.data, n, m, 1).map((v, i) => v + weight * rho * mean[i]);
  const exact = multiply(
    functionOf(normal, n, (v) => 1 / v),
    right,
    n,
    n,
    1,
  );
  expect(image.data).toBeNear(exact, { absolute: 2e-3 });
});

test('one iteration: the denoiser of what agrees with the measurement, told its level', async () => {
  const steps: Step[] = [];
  const first = await finish(admmPnp(prior, problem, context(), { steps: 1, lambda: 1, level: 0.2, lastLevel: 0.2 }), (step) =>
    steps.push(step),
  );
  const told = await finish(admmPnp(prior, problem, context(), { steps: 1, lambda: 1, level: 0.3, lastLevel: 0.2 }));
  expect(steps.map(({ step, stage }) => [step, stage])).toEqual([
    [1, 'iterate'],
    [1, 'done'],
  ]);
  expect(steps[1].counts).toMatchObject({ network: 1, networkGradients: 0 });
  expect(first.data).not.toEqual(told.data); // the first level is told first
});

test('levels that rise, or that the denoiser does not know, are refused; a nonlinear operator is taken', async () => {
  const run = (level: number, lastLevel: number) => finish(admmPnp(prior, problem, context(), { steps: 2, level, lastLevel }));
  await expect(run(0.1, 0.2)).rejects.toThrow(/falls from level to lastLevel/);
  await expect(run(100, 1)).rejects.toThrow(/"gaussian" knows noise of/);
  const nonlinear = { ...problem, operator: squaredOperator(operator) };
  expect((await finish(admmPnp(prior, nonlinear, context(), { steps: 3 }))).data.every(Number.isFinite)).toBe(true);
});
