import { expect, test } from 'vitest';
import { timeGrid } from '../diffusion/index.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { finish, LatentModel, psld } from './index.js';
import { linearGaussian, squaredOperator } from './testing/linear-gaussian.js';

const { prior, problem } = linearGaussian(3);
const runtime = createEvaluateRuntime();
const context = () => ({ runtime, random: new Random(1) });

test('the gradient is that of the loss, both norms of it, by finite differences', async () => {
  const model = new LatentModel(prior, problem, context());
  const level = timeGrid(prior.alphaBar, 50)[20];
  const z = new Random(2).normals(model.latentShape);
  const weights = { omega: 0.7, gamma: 1.3, scale: 0.02 };
  const { gradient, squares } = await model.gluing(z, level.t, level.alphaBar, weights);
  /** The loss in steps: z0hat, its image, what the measurement lacks, and the image glued to it. */
  const loss = async (at: typeof z): Promise<number> => {
    const epsilon = await model.epsilon(at, level.t);
    const clean = at.data.map((v, i) => (v - Math.sqrt(1 - level.alphaBar) * epsilon.data[i]) / Math.sqrt(level.alphaBar));
    const image = await model.decode(tensor(at.shape, clean));
    const { difference } = await model.discrepancy(image);
    const back = await model.linear().adjoint(difference);
    const glued = await model.encode(
      tensor(
        image.shape,
        image.data.map((v, i) => v + weights.scale * back[i]),
      ),
    );
    const norm = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));
    return weights.omega * norm(difference) + weights.gamma * norm(glued.data.map((v, i) => v - clean[i]));
  };
  for (const i of [0, 3, 6]) {
    const moved = (h: number) =>
      tensor(
        z.shape,
        z.data.map((v, j) => (i === j ? v + h : v)),
      );
    const slope = ((await loss(moved(0.01))) - (await loss(moved(-0.01)))) / 0.02;
    expect(gradient.data[i] / slope).toBeCloseTo(1, 2);
  }
  expect(squares).toBeGreaterThan(0);
});

test('a step goes down that gradient: the measurement is nearer with it than without', async () => {
  const residual = async (omega: number) => {
    let last = 0;
    await finish(psld(prior, problem, context(), { steps: 60, omega, gamma: 0 }), (step) => {
      last = step.residual!;
    });
    return last;
  };
  expect(await residual(0.05)).toBeLessThan(0.2 * (await residual(0)));
});

test('an operator that is not linear is refused', async () => {
  const nonlinear = { ...problem, operator: squaredOperator(problem.operator as never) };
  await expect(finish(psld(prior, nonlinear, context(), { steps: 2 }))).rejects.toThrow(/not linear/);
});
