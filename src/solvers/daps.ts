import { z } from 'zod';
import { addNoise, stepDown } from '../diffusion/index.js';
import type { PixelPrior } from '../priors/prior.js';
import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import { count, number, orNone, word } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { checkNoiseLevels, noiseLevelOptions, noiseLevels } from './noise-levels.js';
import { langevin } from './optimise/langevin.js';
import { proximal } from './proximal.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { beginning } from './start-image.js';

export const dapsSchema = z.strictObject({
  ...noiseLevelOptions,
  steps: count('noise levels', { from: 1, to: 10_000 }),
  odeSteps: count('steps of the probability flow from a level to its clean image: evaluations of the denoiser', { from: 1, to: 1000 }),
  width: number('deviation to which that image is trusted, in those of the level', { above: 0, to: 100 }),
  tau: orNone(number('deviation to which the measurement is trusted; none: its noise', { above: 0, to: 1e6 })),
  sampler: word('of the clean image given the measurement: by conjugate gradients, exact (linear operators), Langevin steps, or as fits', [
    'auto',
    'gaussian',
    'langevin',
  ]),
  iterations: count('most iterations of conjugate gradients', { from: 1, to: 10_000 }),
  langevinSteps: count('Langevin steps', { from: 1, to: 100_000 }),
  langevinSize: number('of a Langevin step at the first level, falling to a hundredth of it', { above: 0, to: 1e3 }),
});

export type DapsOptions = z.output<typeof dapsSchema>;

/**
 * Published with 200 levels of five steps of the flow, or 50 of two. Here, of eight trials at a hundred evaluations, one step a level and
 * half of the trust were best: more steps keep more of the noise.
 */
export const dapsDefaults: DapsOptions = {
  steps: 100,
  sigmaMax: 4,
  sigmaMin: 0.01,
  odeSteps: 1,
  width: 0.5,
  tau: null,
  sampler: 'auto',
  iterations: 20,
  langevinSteps: 100,
  langevinSize: 1e-4,
};

/** For photographs. */
export const dapsPhoto: DapsOptions = { ...dapsDefaults, sigmaMax: 1.5 };

/**
 * DAPS (Zhang, Chu, Berner, Meng, Anandkumar and Song: Improving diffusion inverse problem solving with decoupled noise annealing, CVPR
 * 2025, arXiv 2407.01521, Algorithm 1): at every level s some steps of the probability flow to a clean image x0hat, a draw from
 * `exp(-||y - A x||^2 / (2 tau^2) - ||x - x0hat||^2 / (2 r^2))`, r in proportion to s, and noise of the next level on it.
 *
 * The draw is published as Langevin steps. For a linear A it has a closed form, to which they tend: the same minimum with noise on y and
 * on x0hat (Papandreou and Yuille, NeurIPS 2010), by conjugate gradients.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 */
export async function* daps(
  prior: PixelPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<DapsOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(dapsSchema, dapsDefaults, options, 'DAPS');
  checkNoiseLevels(chosen, prior);
  const { steps, odeSteps, sigmaMin, width } = chosen;
  const tau = chosen.tau ?? problem.sigma;
  const levels = noiseLevels(chosen);
  const { random } = context;
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    const closed = chosen.sampler === 'gaussian' || (chosen.sampler === 'auto' && problem.operator.linear);
    if (closed) model.linear(); // refuses an operator that is not
    const { image, first } = beginning(problem.operator, steps, context.from);
    let x = addNoise(image, levels[first], random);
    for (let i = first; i < steps; i++) {
      const s = levels[i];
      const clean = await flow(model, x, s);
      const drawn = await (closed ? drawGaussian : drawByLangevin)(model, clean, width * s);
      yield { step: i + 1, steps, stage: 'sample', t: s, estimate: clean };
      x = i + 1 < steps ? addNoise(drawn, levels[i + 1], random) : drawn;
    }
    return yield* measureLast(model, x, { step: steps, steps });
  });

  /** x0hat: Euler's steps of the probability flow, deterministic DDIM, down from s, in equal parts of the logarithm, the last to 0. */
  async function flow(model: PixelModel, x: Tensor, s: number): Promise<Tensor> {
    const least = Math.min(s, sigmaMin);
    let at = x;
    for (let k = 0; ; k++) {
      const here = s * (least / s) ** (k / odeSteps);
      const clean = await model.denoise(at, here);
      if (k === odeSteps - 1) return clean;
      at = stepDown(clean, clean, at, here, s * (least / s) ** ((k + 1) / odeSteps), 0, random);
    }
  }

  async function drawGaussian(model: PixelModel, clean: Tensor, trust: number): Promise<Tensor> {
    const { iterations } = chosen;
    const noisy = addNoise(clean, trust, random);
    const noise = mapTensor(problem.y, () => tau * random.normal());
    return (await proximal(model, noisy, { trust, sigma: tau, iterations, newtonSteps: 1, noise })).x;
  }

  async function drawByLangevin(model: PixelModel, clean: Tensor, trust: number): Promise<Tensor> {
    const { langevinSteps, langevinSize } = chosen;
    const gradient = async (at: Tensor): Promise<Float64Array> => {
      const { gradient: data } = await model.misfit(at);
      return Float64Array.from(at.data, (value, i) => data.data[i] / tau ** 2 + (value - clean.data[i]) / trust ** 2);
    };
    const part = Math.log(trust / width / levels[0]) / Math.log(sigmaMin / levels[0]) || 0;
    return langevin(gradient, tensor(clean.shape, clean.data), { steps: langevinSteps, size: langevinSize * 0.01 ** part, random });
  }
}
