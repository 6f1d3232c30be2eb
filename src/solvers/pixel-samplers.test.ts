import { describe, expect, test } from 'vitest';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { type DdsOptions, type DiffPirOptions, dds, diffPir, finish, type Step } from './index.js';
import { squaredOperator } from './testing/linear-gaussian.js';
import { mean, n, operator, posterior, prior, quiet, sigma, y } from './testing/pixel-gaussian.js';

const runtime = createEvaluateRuntime();
const problem = { operator, y, sigma };
const long = { steps: 300, sigmaMax: 3, iterations: 16 };
const runDiffPir = (options: Partial<DiffPirOptions>, random: Random) =>
  diffPir(prior, problem, { runtime, random }, { ...long, ...options });
const runDds = (options: Partial<DdsOptions>, random: Random) => dds(prior, problem, { runtime, random }, { ...long, ...options });

const norm = (x: ArrayLike<number>) => Math.sqrt(Array.from(x).reduce((sum, v) => sum + v * v, 0));
/** Distance to the exact posterior mean, as a share of what the measurement moves it. */
const bias = (x: ArrayLike<number>) =>
  norm(Float64Array.from(posterior.mean, (v, i) => x[i] - v)) / norm(Float64Array.from(posterior.mean, (v, i) => mean[i] - v));

describe('a Gaussian prior: the mean over the noise against the exact posterior mean', () => {
  test.each([
    // all noise fresh: as ReSample with encoding, right but for the number of levels
    [1, 0, 0.03],
    // as published for super-resolution: the noise estimated from the image that agrees keeps pulling along what was measured
    [0.25, 0.1, 0.15],
    // no fresh noise: half way
    [0, 0.4, 0.6],
  ])('DiffPIR with zeta %d is off by %d to %d', async (zeta, least, most) => {
    const found = bias((await finish(runDiffPir({ zeta }, quiet))).data);
    expect(found).toBeGreaterThanOrEqual(least);
    expect(found).toBeLessThan(most);
  });

  test('DDS is off by 6 %, whatever gamma: it fits the measurement and its noise', async () => {
    for (const gamma of [1, 50, 400]) expect(bias((await finish(runDds({ gamma }, quiet))).data)).toBeLessThan(0.065);
  });

  test('the deviation of DiffPIR, all noise fresh, is between a third and three times that of the posterior', async () => {
    const count = 60;
    const runs: Float32Array[] = [];
    for (let seed = 0; seed < count; seed++) runs.push((await finish(runDiffPir({ zeta: 1, steps: 30 }, new Random(seed)))).data);
    const total = (value: (x: Float32Array, i: number) => number) =>
      Array.from({ length: n }, (_, i) => runs.reduce((sum, x) => sum + value(x, i), 0) / count);
    const centre = total((x, i) => x[i]);
    const variance = total((x, i) => (x[i] - centre[i]) ** 2).reduce((a, b) => a + b, 0);
    const exact = Array.from({ length: n }, (_, i) => posterior.covariance[i * n + i]).reduce((a, b) => a + b, 0);
    expect(Math.sqrt(variance / exact)).toBeGreaterThan(1 / 3);
    expect(Math.sqrt(variance / exact)).toBeLessThan(3);
  });
});

describe.each([
  ['DiffPIR', (random: Random) => runDiffPir({ steps: 6 }, random)],
  ['DDS', (random: Random) => runDds({ steps: 6 }, random)],
])('%s', (_, run) => {
  test('same seed, same bits; another seed, another image', async () => {
    const [one, two, other] = [await finish(run(new Random(1))), await finish(run(new Random(1))), await finish(run(new Random(2)))];
    expect(one.data).toEqual(two.data);
    expect(one.data).not.toEqual(other.data);
  });

  test('tells a step for every level, one evaluation of the denoiser each, and its residual', async () => {
    const steps: Step[] = [];
    await finish(run(new Random(1)), (step) => steps.push(step));
    expect(steps.map(({ step, stage, counts }) => [step, stage, counts.network])).toEqual(
      [1, 2, 3, 4, 5, 6].map((k) => [k, k === 6 ? 'done' : 'sample', k]),
    );
    expect(steps.at(-1)!.residual! / sigma ** 2).toBeLessThan(2);
  });
});

test('DDS refuses an operator that is not linear, and DiffPIR takes it by Gauss-Newton', async () => {
  const nonlinear = { ...problem, operator: squaredOperator(operator) };
  const context = () => ({ runtime, random: new Random(1) });
  await expect(finish(dds(prior, nonlinear, context(), { ...long, steps: 2 }))).rejects.toThrow(/not linear/);
  expect((await finish(diffPir(prior, nonlinear, context(), { ...long, steps: 2 }))).data.every(Number.isFinite)).toBe(true);
});

test('noise that the prior does not know is refused', async () => {
  for (const method of [dds, diffPir])
    await expect(finish(method(prior, problem, { runtime, random: new Random(1) }, { sigmaMax: 100 }))).rejects.toThrow(/knows noise of/);
});
