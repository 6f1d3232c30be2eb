import { describe, expect, test } from 'vitest';
import { denseToMap } from '../graph/index.js';
import { sparseOperator } from '../operators/sparse-operator.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { type DdsOptions, type DiffPirOptions, daps, ddrm, dds, diffPir, dmps, dps, finish, mcg, type Step } from './index.js';
import { squaredOperator } from './testing/linear-gaussian.js';
import { m, matrix, mean, n, operator, posterior, prior, quiet, sigma, y } from './testing/pixel-gaussian.js';

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

test('MCG by SIRT: each projection is x + C A^T R (y - A x), R and C the inverse sums of rows and columns', async () => {
  const positive = sparseOperator('positive', denseToMap(tensor([m, n], matrix.data.map(Math.abs))), {
    inputShape: [1, 4, 4],
    outputShape: [m],
  });
  const options = {
    steps: 1,
    sigmaMax: 3,
    sigmaMin: 3,
    zeta: 0,
    clip: false,
    projection: 'sirt' as const,
    relaxation: 0.8,
    lastRelaxation: 0.8,
  };
  const own = { operator: positive, y, sigma };
  const got = await finish(mcg(prior, own, { runtime, random: quiet }, options));
  const before = await finish(dps(prior, own, { runtime, random: quiet }, { steps: 1, sigmaMax: 3, sigmaMin: 3, zeta: 0, clip: false }));
  const a = (i: number, j: number) => Math.abs(matrix.data[i * n + j]);
  const sum = (length: number, f: (k: number) => number) => Array.from({ length }, (_, k) => f(k)).reduce((p, q) => p + q, 0);
  const rows = Array.from({ length: m }, (_, i) => 1 / sum(n, (j) => a(i, j)));
  const lacking = Array.from({ length: m }, (_, i) => y.data[i] - sum(n, (j) => a(i, j) * before.data[j]));
  got.data.forEach((value, j) => {
    const back = sum(m, (i) => a(i, j) * rows[i] * lacking[i]) / sum(m, (i) => a(i, j));
    expect(value).toBeCloseTo(before.data[j] + 0.8 * back, 4);
  });
});

test('what is for linear operators refuses others at once; DDRM also one without a decomposition', async () => {
  const nonlinear = { ...problem, operator: squaredOperator(operator) };
  const context = () => ({ runtime, random: new Random(1) });
  for (const method of [mcg, dmps, ddrm]) await expect(finish(method(prior, nonlinear, context()))).rejects.toThrow(/not linear/);
  await expect(finish(daps(prior, nonlinear, context(), { sampler: 'gaussian' }))).rejects.toThrow(/not linear/);
  await expect(finish(ddrm(prior, problem, context()))).rejects.toThrow(/no singular value decomposition/);
  const all = async (image: Promise<Tensor>) => expect((await image).data.every(Number.isFinite)).toBe(true);
  await all(finish(dps(prior, nonlinear, context(), { steps: 2 })));
  await all(finish(daps(prior, nonlinear, context(), { steps: 2, langevinSize: 1e-6 })));
  await expect(finish(daps(prior, nonlinear, context(), { steps: 2, langevinSize: 1 }))).rejects.toThrow(/Langevin steps of 1 diverge/);
});

test.each([
  ['dps', (random: Random) => dps(prior, problem, { runtime, random }, { steps: 6, zeta: 0.03 })],
  ['mcg', (random: Random) => mcg(prior, problem, { runtime, random }, { steps: 6, zeta: 0.03 })],
  ['dmps', (random: Random) => dmps(prior, problem, { runtime, random }, { steps: 6 })],
  ['daps', (random: Random) => daps(prior, problem, { runtime, random }, { steps: 3, odeSteps: 2 })],
])('%s: same seed, same bits; another seed, another image; a step for every level, the last told as done', async (_, run) => {
  const steps: Step[] = [];
  const one = await finish(run(new Random(1)), (step) => steps.push(step));
  expect((await finish(run(new Random(1)))).data).toEqual(one.data);
  expect((await finish(run(new Random(2)))).data).not.toEqual(one.data);
  expect(steps.at(-1)).toMatchObject({ stage: 'done', counts: { network: 6 } });
  expect(steps.length).toBe(steps[0].steps + 1);
});
