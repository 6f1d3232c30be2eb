import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { input } from '../graph/index.js';
import {
  averagePooling,
  bicubicDownsampling,
  boxMask,
  denoising,
  gaussianBlur,
  gaussianNoise,
  inpainting,
  kernelBlur,
  lineMask,
  motionKernel,
  mri,
  nonlinearBlur,
  type Operator,
  randomMask,
} from '../operators/index.js';
import { gaussianPrior } from '../priors/analytic.js';
import type { Runtime } from '../runtime/index.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { finish, type Step } from './index.js';
import { resample } from './resample.js';

const [side, coarse, deviation, sigma] = [32, 8, 0.4, 0.02];
const block = side / coarse;

/** Images of 32 x 32 made of blocks of 4 x 4, whose values are independent and Gaussian: a latent is a block. */
function blocks(channels: number) {
  const [n, d] = [channels * side ** 2, channels * coarse ** 2];
  const latentOf = (pixel: number) => {
    const [c, i, j] = [Math.floor(pixel / side ** 2), Math.floor(pixel / side) % side, pixel % side];
    return (c * coarse + Math.floor(i / block)) * coarse + Math.floor(j / block);
  };
  const decode = new Float32Array(n * d);
  const encode = new Float32Array(d * n);
  for (let pixel = 0; pixel < n; pixel++) {
    decode[pixel * d + latentOf(pixel)] = 1;
    encode[latentOf(pixel) * n + pixel] = 1 / block ** 2;
  }
  const covariance = Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? deviation ** 2 : 0));
  const prior = gaussianPrior([channels, coarse, coarse], new Float64Array(d), covariance, {
    firstStage: { imageShape: [channels, side, side], decode, encode },
  });
  const truth = (random: Random): Tensor => {
    const { data } = prior.sample(random);
    return tensor(
      [1, channels, side, side],
      Array.from({ length: n }, (_, pixel) => data[latentOf(pixel)]),
    );
  };
  return { prior, truth };
}

const priors = { 1: blocks(1), 3: blocks(3) };
const colour = [3, side, side];
const grey = [1, side, side];
/** A kernel of the size that an image of 32 pixels can take. */
const kernel = motionKernel(new Random(3), { size: 9 });

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

async function reconstruct(operator: Operator): Promise<{ image: Tensor; truth: Tensor; residual: number }> {
  const { prior, truth: draw } = priors[operator.inputShape[0] as 1 | 3];
  const truth = draw(new Random(11));
  const measure = await runtime.compile({ y: operator.apply(input('x', truth.shape)) });
  const { y: clean } = await measure.run({ x: truth });
  const problem = { operator, y: gaussianNoise(clean, sigma, new Random(12)), sigma };
  let last: Step | undefined;
  const image = await finish(resample(prior, problem, { runtime, random: new Random(13) }), (step) => {
    last = step;
  });
  return { image, truth, residual: last!.residual! };
}

const rms = (a: Tensor, b: Tensor) => Math.sqrt(a.data.reduce((sum, v, i) => sum + (v - b.data[i]) ** 2, 0) / a.data.length);

// How far an image may be from the truth: a share of what the prior alone knows, that is of its deviation. Where a quarter is
// unseen, a sample of it is off by the root of 2 times that.
describe.each([
  ['random inpainting', inpainting(colour, randomMask([side, side], 0.7, new Random(1))), 0.2],
  ['a missing box', inpainting(grey, boxMask([side, side], 16, 4, new Random(1))), 0.9],
  ['super-resolution x2', bicubicDownsampling(colour, 2), 0.2],
  ['super-resolution x4', bicubicDownsampling(grey, 4), 0.3],
  ['average pooling', averagePooling(grey, 4), 0.2],
  ['Gaussian blur', gaussianBlur(grey, { std: 1.5 }), 0.2],
  ['motion blur', kernelBlur(grey, kernel), 0.2],
  ['denoising', denoising(grey), 0.2],
  ['MRI', mri(grey, lineMask(side, new Random(2), { acceleration: 2 })), 0.9],
] as Array<[string, Operator, number]>)('%s', (_, operator, share) => {
  test('the measurement is met to the noise, and the image is as near to the truth as the measurement allows', async () => {
    const { image, truth, residual } = await reconstruct(operator);
    expect(residual / sigma ** 2).toBeLessThan(1.1);
    expect(rms(image, truth)).toBeLessThan(share * deviation);
  });
});

test('nonlinear blur: Adam and the latent optimisation meet the measurement', async () => {
  const { image, truth, residual } = await reconstruct(nonlinearBlur(grey, kernel));
  expect(residual / sigma ** 2).toBeLessThan(1.5);
  expect(rms(image, truth)).toBeLessThan(0.3 * deviation);
});
