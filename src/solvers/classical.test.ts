import { expect, test } from 'vitest';
import { evaluate, input, mul } from '../graph/index.js';
import { defaultGeometry, gaussianNoise, inpainting, radon, randomMask } from '../operators/index.js';
import type { Restorer } from '../priors/prior.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { cgls } from './cgls.js';
import { fbp } from './fbp.js';
import { fbpUnet } from './fbp-unet.js';
import { CompiledGraphs } from './networks/compiled-graphs.js';
import { Measurement } from './networks/measurement.js';
import { sirt } from './sirt.js';
import { finish, type Problem, type Step } from './solver.js';
import { linearGaussian, squaredOperator } from './testing/linear-gaussian.js';

const runtime = createEvaluateRuntime();
const size = 24;
const geometry = defaultGeometry({ size, views: 24 });
const operator = radon(geometry);
const disk = tensor(
  [1, 1, size, size],
  Array.from({ length: size * size }, (_, k) => (Math.hypot((k % size) - 11.5, Math.floor(k / size) - 11.5) < 8 ? 0 : -1)),
);
const clean = tensor([1, ...operator.outputShape], evaluate({ y: operator.apply(input('x', disk.shape)) }, { x: disk }).y.data);
const sigma = 0.02;
const y = gaussianNoise(clean, sigma, new Random(1));
const problem = { operator, y, sigma };
const context = () => ({ runtime, random: new Random(0) });
const rms = (x: Float32Array) => Math.sqrt(x.reduce((sum, v, i) => sum + (v - disk.data[i]) ** 2, 0) / x.length);

test('CGLS on a sinogram stops at the noise, starts from air, and beats FBP', async () => {
  const steps: Step[] = [];
  const image = await finish(cgls(problem, context()), (step) => steps.push(step));
  const last = steps.at(-1)!;
  expect(last.residual!).toBeLessThanOrEqual(sigma ** 2);
  expect(last.residual!).toBeGreaterThan(0.999 * sigma ** 2);
  expect(last.step).toBeLessThan(60);
  expect(last.counts).toMatchObject({ operator: last.step + 1, adjoint: last.step, network: 0 });
  // Air outside the disk's shadow is never touched: conjugate gradients start there.
  const none = await finish(cgls(problem, context(), { margin: 1e9 }));
  expect(none.data.every((v) => v === -1)).toBe(true);
  const filtered = await finish(fbp(problem, context()));
  expect(rms(image.data)).toBeLessThan(rms(filtered.data));
  expect(rms(filtered.data)).toBeLessThan(0.35);
});

test('where one step would fit the noise too, it goes only as far as the noise allows', async () => {
  const few = inpainting([1, size, size], randomMask([size, size], 0.7, new Random(2)));
  const seen = evaluate({ y: few.apply(input('x', disk.shape)) }, { x: disk }).y;
  const noisy = gaussianNoise(tensor([1, ...few.outputShape], seen.data), sigma, new Random(3));
  const steps: Step[] = [];
  await finish(cgls({ operator: few, y: noisy, sigma }, context()), (step) => steps.push(step));
  expect(steps.at(-1)!.residual! / sigma ** 2).toBeCloseTo(1, 4);
});

test('CGLS is the same in x as in the attenuation: from air, iterates do not depend on muMax', async () => {
  const other = radon(geometry, { muMax: 0.8 });
  const a = await finish(cgls(problem, context(), { iterations: 6 }));
  const b = await finish(cgls({ ...problem, operator: other }, context(), { iterations: 6 }));
  for (const [i, v] of a.data.entries()) expect((0.4 * (v + 1)) / 2).toBeCloseTo((0.8 * (b.data[i] + 1)) / 2, 4);
});

test('without an offset CGLS starts from zero; a nonlinear operator is refused', async () => {
  const { problem: small } = linearGaussian(1);
  const zero = await finish(cgls(small, context(), { margin: 1e9 }));
  expect(zero.data.every((v) => v === 0)).toBe(true);
  const nonlinear = squaredOperator(linearGaussian(1).operator);
  await expect(finish(cgls({ ...small, operator: nonlinear }, context()))).rejects.toThrow(/not linear/);
});

test('graphs of the context are shared and stay', async () => {
  let compiled = 0;
  const counting = {
    ...runtime,
    compile: (...args: Parameters<typeof runtime.compile>) => {
      compiled++;
      return runtime.compile(...args);
    },
  };
  const graphs = new CompiledGraphs(counting);
  const run = (of: Problem) => finish(cgls(of, { runtime: counting, random: new Random(0), graphs }, { iterations: 2 }));
  const { problem: small } = linearGaussian(1);
  for (let k = 0; k < 2; k++) await run(small);
  expect(compiled).toBe(2);
  await run({ ...small, operator: { ...small.operator } });
  expect(compiled).toBe(4);
  await run(problem);
  expect(compiled, 'CT needs no graph').toBe(4);
  await graphs.dispose();
});

test('an aborted signal stops CGLS and FBP', async () => {
  const signal = AbortSignal.abort();
  await expect(finish(cgls(problem, { ...context(), signal }))).rejects.toThrow(/abort/i);
  await expect(finish(fbp(problem, { ...context(), signal }))).rejects.toThrow(/abort/i);
});

test('SIRT: a step is x + C A^T R (y - A x), and it stops at the noise', async () => {
  const steps: Step[] = [];
  const image = await finish(sirt(problem, context()), (step) => steps.push(step));
  expect(steps.at(-1)!.residual!).toBeLessThanOrEqual(sigma ** 2);
  expect(rms(image.data)).toBeLessThan(0.35);
  const map = new Measurement(problem, context()).linear();
  const ones = (length: number) => new Float64Array(length).fill(1);
  const inverse = (sums: Float64Array) => sums.map((sum) => (sum > 1e-3 * Math.max(...sums) ? 1 / sum : 0));
  const [rows, columns] = [inverse(await map.forward(ones(size * size))), inverse(await map.adjoint(ones(y.data.length)))];
  const air = tensor(
    [1, 1, size, size],
    ones(size * size).map((v) => -v),
  );
  const seen = evaluate({ y: operator.apply(input('x', air.shape)) }, { x: air }).y;
  const back = await map.adjoint(Float64Array.from(y.data, (v, i) => rows[i] * (v - seen.data[i])));
  const once = await finish(sirt(problem, context(), { iterations: 1, relaxation: 0.7 }));
  expect(once.data).toBeNear(
    back.map((v, i) => -1 + 0.7 * columns[i] * v),
    { absolute: 1e-4 },
  );
  await expect(finish(sirt(linearGaussian(1).problem, context()))).rejects.toThrow(/without negative weights/);
});

test('FBP-UNet: the network on the image of filtered backprojection, of the views it was trained on', async () => {
  const network: Restorer = {
    space: 'restorer',
    name: 'halved',
    channels: 1,
    input: { method: 'fbp', views: 24, sigma },
    restore: (x) => mul(x, 0.5),
  };
  const steps: Step[] = [];
  const image = await finish(fbpUnet(network, problem, context()), (step) => steps.push(step));
  const filtered = await finish(fbp(problem, context()));
  expect(image.data).toBeNear(
    filtered.data.map((v) => v / 2),
    { absolute: 1e-6 },
  );
  expect(steps.at(-1)).toMatchObject({ step: 2, steps: 2, stage: 'done' });
  expect(steps.at(-1)!.counts.network).toBe(1);
  const other = { ...network, input: { ...network.input, views: 25 } };
  await expect(finish(fbpUnet(other, problem, context()))).rejects.toThrow(/images of 25 views, and this measurement has 24/);
  await expect(finish(fbpUnet(network, linearGaussian(1).problem, context()))).rejects.toThrow(/is for CT/);
});
