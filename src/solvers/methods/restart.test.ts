import { expect, test } from 'vitest';
import { createEvaluateRuntime } from '../../runtime/testing/evaluate-runtime.js';
import { Random } from '../../tensor/random.js';
import { tensor } from '../../tensor/tensor.js';
import { finish, type Step } from '../index.js';
import { operator, posterior, prior, sigma, y } from '../testing/pixel-gaussian.js';
import { findMethod, methods, resolveOptions, runMethod } from './index.js';
import type { Method } from './method.js';

const problem = { operator, y, sigma };
const runtime = createEvaluateRuntime();
const estimate = tensor([1, ...operator.inputShape], posterior.mean);

function takenUp(method: Method, done: number, seed = 0, steps = 6) {
  const preset = Object.keys(method.variants.find(({ space }) => space === 'pixel')!.presets)[0];
  const options = resolveOptions(method, preset, { steps, ...(method.name !== 'pnp-unet' && { sigmaMax: 3 }) }, prior);
  const context = { runtime, random: new Random(seed), from: { estimate, done } };
  return runMethod(method, preset, { problem, prior, context, options });
}

const able = methods.filter(({ variants }) => variants.some(({ restarts }) => restarts));

test.each(able.map((method) => [method.name, method] as const))(
  '%s goes on from an image at the step that comes next',
  async (_, method) => {
    const steps: Step[] = [];
    const image = await finish(takenUp(method, 0.5), (step) => steps.push(step));
    expect(steps[0].step).toBe(4);
    expect(steps.at(-1)?.step).toBe(6);
    expect(Array.from(image.data).every(Number.isFinite)).toBe(true);
    // the same again by the same seed, and not by another
    expect((await finish(takenUp(method, 0.5))).data).toEqual(image.data);
    expect((await finish(takenUp(method, 0.5, 1))).data).not.toEqual(image.data);
    // at the very end one level is left
    const last: Step[] = [];
    await finish(takenUp(method, 1), (step) => last.push(step));
    expect(new Set(last.map(({ step }) => step))).toEqual(new Set([6]));
  },
);

test('from where it was right, and near the end, it stays right: the noise that is added is that of its level', async () => {
  const image = await finish(takenUp(findMethod('resample'), 0.9, 0, 40));
  const size = Math.sqrt(Array.from(posterior.mean).reduce((sum, v) => sum + v * v, 0));
  const off = Math.sqrt(Array.from(image.data).reduce((sum, v, i) => sum + (v - posterior.mean[i]) ** 2, 0));
  expect(off / size).toBeLessThan(0.2);
});

test('the others say why they do not', () => {
  expect(able.map(({ name }) => name)).toEqual(expect.arrayContaining(['resample', 'diffpir', 'daps']));
  expect(() => takenUp(findMethod('pnp-unet'), 0.5)).toThrow(
    /^PnP-UNet cannot go on from an image on its way: .* more than one image shows/,
  );
});
