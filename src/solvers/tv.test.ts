import { describe, expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import {
  bicubicDownsampling,
  boxMask,
  defaultGeometry,
  denoising,
  gaussianNoise,
  inpainting,
  kernelBlur,
  type LinearOperator,
  motionKernel,
  radon,
  randomMask,
} from '../operators/index.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import { bicubic } from './bicubic.js';
import { Measurement } from './networks/measurement.js';
import { finish, type Step } from './solver.js';
import { squaredOperator } from './testing/linear-gaussian.js';
import { totalVariation } from './total-variation.js';
import { type TvOptions, tv, tvRefinement } from './tv.js';

const runtime = createEvaluateRuntime();
const context = () => ({ runtime, random: new Random(0) });
const apply = (operator: LinearOperator, x: Tensor) =>
  tensor([1, ...operator.outputShape], evaluate({ y: operator.apply(input('x', x.shape)) }, { x }).y.data);
const rms = (a: Tensor, b: Tensor) => Math.sqrt(a.data.reduce((sum, v, i) => sum + (v - b.data[i]) ** 2, 0) / a.data.length);

/** A square on a ground, in colour; and the same with noise as the operator sees it. */
function picture(size: number, channels = 1): Tensor {
  const inside = (i: number) => i > size / 4 && i < (3 * size) / 4;
  return tensor(
    [1, channels, size, size],
    Array.from({ length: channels * size * size }, (_, k) =>
      inside(Math.floor(k / size) % size) && inside(k % size) ? 0.6 - 0.3 * Math.floor(k / size ** 2) : -0.5,
    ),
  );
}

async function run(operator: LinearOperator, y: Tensor, sigma: number, options: TvOptions = {}): Promise<{ image: Tensor; last: Step }> {
  let last: Step | undefined;
  const image = await finish(tv({ operator, y, sigma }, context(), options), (step) => {
    last = step;
  });
  return { image, last: last! };
}

describe('denoising, in closed form', () => {
  // Along a row of n and m pixels at a and b, total variation moves the two levels towards one another by lambda / n and lambda / m.
  const [n, m, a, b, lambda] = [3, 5, -0.4, 0.5, 0.6];
  const row = [...Array(n).fill(a), ...Array(m).fill(b)];

  test.each([
    ['along rows', [1, 2, n + m], [...row, ...row]],
    ['down columns', [1, n + m, 2], row.flatMap((v) => [v, v])],
  ] as Array<[string, number[], number[]]>)('a step %s', async (_, shape, values) => {
    const { image } = await run(denoising(shape), tensor([1, ...shape], values), 0, { lambda, tolerance: 1e-9, iterations: 3000 });
    values.forEach((value, i) => {
      expect(image.data[i]).toBeCloseTo(value === a ? a + lambda / n : b - lambda / m, 4);
    });
  });

  test('a step in colour: the channels share one length, and move in proportion to their steps', async () => {
    const colours = [1, 2, -2]; // of length 3
    const values = colours.flatMap((c) => [...row, ...row].map((v) => c * v));
    const { image } = await run(denoising([3, 2, n + m]), tensor([1, 3, 2, n + m], values), 0, {
      lambda,
      tolerance: 1e-9,
      iterations: 3000,
    });
    colours.forEach((c, plane) => {
      expect(image.data[plane * 2 * (n + m)]).toBeCloseTo(c * a + ((c / 3) * lambda) / n, 4);
      expect(image.data[plane * 2 * (n + m) + n]).toBeCloseTo(c * b - ((c / 3) * lambda) / m, 4);
    });
  });

  test('beyond the largest useful lambda the image is its mean', async () => {
    const { image } = await run(denoising([1, 2, n + m]), tensor([1, 1, 2, n + m], [...row, ...row]), 0, {
      lambda: 10,
      iterations: 3000,
      tolerance: 1e-9,
    });
    for (const value of image.data) expect(value).toBeCloseTo((n * a + m * b) / (n + m), 3);
  });

  test('a step by the discrepancy principle: the lambda that leaves the noise', async () => {
    // residual of the closed form: (lambda^2 / n + lambda^2 / m) a row
    const sigma = lambda * Math.sqrt((1 / n + 1 / m) / (n + m));
    const { image, last } = await run(denoising([1, 2, n + m]), tensor([1, 1, 2, n + m], [...row, ...row]), sigma, {
      tolerance: 1e-9,
      iterations: 3000,
    });
    expect(last.residual! / sigma ** 2).toBeCloseTo(1, 3);
    expect(image.data[0]).toBeCloseTo(a + lambda / n, 4);
    expect(image.data[n]).toBeCloseTo(b - lambda / m, 4);
  });
});

describe.each([
  ['denoising', denoising([3, 24, 24]), 0.1],
  ['inpainting, 70 % missing', inpainting([3, 24, 24], randomMask([24, 24], 0.7, new Random(1))), 0.05],
  ['a missing box', inpainting([3, 24, 24], boxMask([24, 24], 8, 2, new Random(1))), 0.05],
  ['super-resolution', bicubicDownsampling([3, 24, 24], 4), 0.02],
  ['motion blur', kernelBlur([1, 24, 24], motionKernel(new Random(2), { size: 9 })), 0.02],
] as Array<[string, LinearOperator, number]>)('%s', (_, operator, sigma) => {
  test('the residual comes to the noise, and the image nearer to the truth than the simplest guess', async () => {
    const [channels] = operator.inputShape;
    const truth = picture(24, channels);
    const y = gaussianNoise(apply(operator, truth), sigma, new Random(3));
    const { image, last } = await run(operator, y, sigma, { iterations: 400 });
    expect(last.residual! / sigma ** 2).toBeGreaterThan(0.97);
    expect(last.residual! / sigma ** 2).toBeLessThan(1.03);
    expect(last.counts.operator).toBe(6 * last.step + 1); // six in each, and the start
    expect(last.counts.adjoint).toBe(6 * last.step);
    const guess = tensor([1, channels, 24, 24], evaluate({ x: operator.adjoint(input('y', y.shape)) }, { y }).x.data);
    if (operator.name !== 'super-resolution x4') expect(rms(image, truth)).toBeLessThan(0.6 * rms(guess, truth));
    else expect(rms(image, truth)).toBeLessThan(rms(await finish(bicubic({ operator, y, sigma }, context())), truth));
    expect(totalVariation(image)).toBeLessThan(1.1 * totalVariation(truth));
  });
});

test('CT: the residual at the noise, and the same image whatever the start', async () => {
  const size = 16;
  const operator = radon(defaultGeometry({ size, views: 12 }));
  const truth = mapTensor(tensor([1, 1, size, size]), (_, k) => (Math.hypot((k % size) - 7.5, Math.floor(k / size) - 7.5) < 5 ? 0 : -1));
  const sigma = 0.02;
  const y = gaussianNoise(apply(operator, truth), sigma, new Random(1));
  const { image, last } = await run(operator, y, sigma, { iterations: 600 });
  expect(last.residual! / sigma ** 2).toBeCloseTo(1, 1);
  expect(rms(image, truth)).toBeLessThan(0.12);
  const other = await run(operator, y, sigma, { iterations: 600, start: 0.2 });
  expect(rms(image, other.image)).toBeLessThan(0.03);
});

test('a fixed lambda is the minimiser: no nearby image costs less', async () => {
  const operator = inpainting([1, 8, 8], randomMask([8, 8], 0.4, new Random(1)));
  const y = gaussianNoise(apply(operator, picture(8)), 0.05, new Random(3));
  const lambda = 0.03;
  const { image } = await run(operator, y, 0, { lambda, tolerance: 1e-8, iterations: 3000 });
  const cost = (x: Tensor) => {
    const ax = apply(operator, x);
    return 0.5 * ax.data.reduce((sum, v, i) => sum + (v - y.data[i]) ** 2, 0) + lambda * totalVariation(x);
  };
  const best = cost(image);
  const random = new Random(9);
  for (let k = 0; k < 30; k++) expect(cost(mapTensor(image, (v) => v + 0.01 * random.normal()))).toBeGreaterThan(best);
  expect(cost(tensor(image.shape))).toBeGreaterThan(best);
  expect(cost(mapTensor(image, (v) => 0.99 * v))).toBeGreaterThan(best);
});

describe('refinement of an image', () => {
  const operator = inpainting([1, 12, 12], randomMask([12, 12], 0.5, new Random(1)));
  const truth = picture(12);
  const sigma = 0.05;
  const y = gaussianNoise(apply(operator, truth), sigma, new Random(3));
  const given = mapTensor(truth, (v, i) => v + 0.2 * Math.sin(5 * i));
  const refined = async (pull: number, iterations = 2000) => {
    const steps = tvRefinement(new Measurement({ operator, y, sigma }, context()), given, { pull, iterations, margin: 1 });
    for (;;) {
      const next = await steps.next();
      if (next.done) return next.value;
    }
  };

  test('it is the minimiser within the noise: no nearby image that is allowed costs less', async () => {
    const image = await refined(2);
    const cost = (x: Tensor) => totalVariation(x) + x.data.reduce((sum, v, i) => sum + (v - given.data[i]) ** 2, 0);
    const left = apply(operator, image).data.map((v, i) => y.data[i] - v);
    expect(left.reduce((sum, v) => sum + v * v, 0)).toBeLessThan(1.001 * y.data.length * sigma ** 2);
    // changes that the measurement allows: of pixels it does not see, and of those it sees towards it
    const x = input('r', [1, ...operator.outputShape]);
    const spread = (r: ArrayLike<number>) =>
      evaluate({ x: operator.adjoint(x) }, { r: tensor([1, ...operator.outputShape], Float32Array.from(r)) }).x.data;
    const seen = spread(new Float32Array(y.data.length).fill(1));
    const random = new Random(4);
    for (let k = 0; k < 40; k++)
      expect(cost(mapTensor(image, (v, i) => v + (1 - seen[i]) * 0.02 * random.normal()))).toBeGreaterThan(cost(image));
    const nearer = spread(left);
    expect(cost(mapTensor(image, (v, i) => v + 0.05 * nearer[i]))).toBeGreaterThan(cost(image));
    expect(rms(image, truth)).toBeLessThan(rms(given, truth));
  });

  test('much trust keeps what was not measured, little lets it be smooth', async () => {
    const [trusting, free] = [await refined(1000), await refined(0.01)];
    const { data: seen } = apply(operator, given);
    const at = (x: Tensor) => apply(operator, x).data;
    const unseen = (x: Tensor) =>
      x.data.reduce((sum, v, i) => sum + (v - given.data[i]) ** 2, 0) - at(x).reduce((sum, v, i) => sum + (v - seen[i]) ** 2, 0);
    expect(unseen(trusting)).toBeLessThan(0.01 * unseen(free));
    expect(totalVariation(free)).toBeLessThan(0.5 * totalVariation(trusting));
  });
});

test('total variation of a step and of colours', () => {
  expect(totalVariation(tensor([1, 1, 2, 2], [0, 3, 0, 3]))).toBe(6);
  expect(totalVariation(tensor([1, 2, 1, 2], [0, 3, 0, 4]))).toBe(5);
  expect(totalVariation(tensor([1, 1, 2, 2], [0, 3, 4, 3]))).toBe(5 + 1);
});

test('a nonlinear operator is refused, an abort stops, and the steps are told', async () => {
  const operator = denoising([1, 4, 4]);
  const y = tensor([1, 1, 4, 4]);
  await expect(finish(tv({ operator: squaredOperator(operator), y, sigma: 0.1 }, context()))).rejects.toThrow(/not linear/);
  const aborted = { ...context(), signal: AbortSignal.abort() };
  await expect(finish(tv({ operator, y, sigma: 0.1 }, aborted))).rejects.toThrow(/abort/i);
  const noisy = new Random(1).normals([1, 1, 4, 4]);
  const steps: number[] = [];
  await finish(tv({ operator, y: noisy, sigma: 0.1 }, context(), { iterations: 35, tolerance: 0 }), (step) => steps.push(step.step));
  expect(steps).toEqual([1, 2, 3, 4, 5, 6]); // of six steps of conjugate gradients each
});

test('bicubic: a ramp comes back, and what is no super-resolution is refused', async () => {
  const operator = bicubicDownsampling([1, 16, 16], 4);
  const ramp = mapTensor(tensor([1, 1, 16, 16]), (_, i) => (i % 16) / 16 - 0.5);
  const image = await finish(bicubic({ operator, y: apply(operator, ramp), sigma: 0.01 }, context()));
  for (const column of [6, 7, 8, 9]) expect(image.data[8 * 16 + column]).toBeCloseTo(ramp.data[column], 2);
  const same = denoising([1, 4, 4]);
  await expect(finish(bicubic({ operator: same, y: tensor([1, 1, 4, 4]), sigma: 0 }, context()))).rejects.toThrow(/super-resolution/);
});
