import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mul } from '../graph/index.js';
import { functionOf, multiply, transposeDense } from '../priors/dense.js';
import type { PixelPrior } from '../priors/prior.js';
import type { Runtime } from '../runtime/index.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import { CompiledGraphs, finish, type PixelResampleOptions, pixelResampleOptions, resamplePixel } from './index.js';
import { m, matrix, mean, n, operator, posterior, prior, quiet, sigma, y } from './testing/pixel-gaussian.js';

let runtime: Runtime;
let graphs: CompiledGraphs;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
  graphs = new CompiledGraphs(runtime);
});
afterAll(async () => {
  await graphs.dispose();
  await runtime.dispose();
});
const run = (seed: number, options: Partial<PixelResampleOptions> = {}) =>
  finish(resamplePixel(prior, { operator, y, sigma }, { runtime, random: new Random(seed), graphs }, options));
const long = { steps: 60, sigmaMax: 3, sigmaMin: 0.01, iterations: 16 };

describe('a prior whose posterior is known', () => {
  test('the mean is that of the posterior, within 5 %, in observed and in unobserved directions (of 120 levels; of 60 it is 7 %, of 300 2 %)', async () => {
    const reconstruction = resamplePixel(
      prior,
      { operator, y, sigma },
      { runtime, random: quiet, graphs },
      { ...long, steps: 120, toNoise: false },
    );
    const found = (await finish(reconstruction)).data;
    const off = Float64Array.from(found, (v, i) => v - posterior.mean[i]);
    const seen = multiply(matrix.data, off, m, n, 1);
    // against what the measurement moves: the posterior mean's distance from the prior's
    const moved = multiply(
      matrix.data,
      Float64Array.from(posterior.mean, (v, i) => v - mean[i]),
      m,
      n,
      1,
    );
    const norm = (x: ArrayLike<number>) => Math.sqrt(Array.from(x).reduce((sum, v) => sum + v * v, 0));
    expect(norm(seen) / norm(moved)).toBeLessThan(0.05);
    // unobserved: what is left of the error without its part in the rows of A, against the posterior's deviation there
    const gram = multiply(matrix.data, transposeDense(matrix.data, m, n), m, n, m);
    const row = multiply(
      transposeDense(matrix.data, m, n),
      multiply(
        functionOf(gram, m, (v) => 1 / v),
        seen,
        m,
        m,
        1,
      ),
      n,
      m,
      1,
    );
    const unseen = off.map((v, i) => v - row[i]);
    expect(norm(unseen) / norm(Float64Array.from(posterior.mean))).toBeLessThan(0.05);
  });

  test('the same seed gives the same bits, another one others', async () => {
    const [one, two, other] = [await run(1, { steps: 6 }), await run(1, { steps: 6 }), await run(2, { steps: 6 })];
    expect(one.data).toEqual(two.data);
    expect(one.data).not.toEqual(other.data);
  });

  test('every mapping ends within the noise, and reports its steps', async () => {
    for (const mapping of ['encoding', 'resampling'] as const) {
      const steps: string[] = [];
      let residual = 0;
      const problem = { operator, y, sigma };
      const reconstruction = resamplePixel(prior, problem, { runtime, random: new Random(3), graphs }, { ...long, steps: 8, mapping });
      await finish(reconstruction, (step) => {
        steps.push(step.stage);
        residual = step.residual!;
      });
      expect(steps).toEqual([...Array(7).fill('sample'), 'final', 'done']);
      expect(residual / sigma ** 2).toBeLessThan(1.2);
    }
  });
});

describe('options', () => {
  const whole = ['steps', 'iterations', 'newtonSteps'] as const;
  const real = ['sigmaMax', 'sigmaMin', 'lambda', 'gamma', 'margin'] as const;
  test.each([
    ...whole.flatMap((name) => [Number.NaN, -1, 0, 0.5, 1e9, 1e300].map((value) => [name, value] as const)),
    ...real.flatMap((name) => [Number.NaN, -1, 0, 1e9, 1e300].map((value) => [name, value] as const)),
  ])('%s = %d is refused', (name, value) => {
    expect(() => pixelResampleOptions({ [name]: value })).toThrow(new RegExp(name));
  });

  test('noise that the prior does not know, or that rises, is refused', () => {
    expect(() => pixelResampleOptions({ sigmaMax: 20 }, prior)).toThrow(/"gaussian" knows noise of 0.001 to 10/);
    expect(() => pixelResampleOptions({ sigmaMin: 0.6 })).toThrow(/falls from/);
    expect(() => pixelResampleOptions({ mapping: 'other' as 'encoding' })).toThrow(/mapping/);
  });
});

test('a denoiser need not ask for the noise level (one of a single level does not)', async () => {
  const blind: PixelPrior = { ...prior, denoise: (x) => mul(x, 0.9) };
  const context = { runtime, random: new Random(1) };
  const image = await finish(resamplePixel(blind, { operator, y, sigma }, context, { ...long, steps: 3 }));
  expect(image.data.every(Number.isFinite)).toBe(true);
});
