import { z } from 'zod';
import { ddimStep, tweedie } from '../diffusion/index.js';
import type { LatentPrior } from '../priors/prior.js';
import { UsageError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { count, flag, number, orNone } from './methods/options.js';
import { LatentModel } from './networks/latent-model.js';
import { noiseLevels } from './noise-levels.js';
import { langevin } from './optimise/langevin.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { stochasticEncode } from './stochastic-resampling.js';

export const latentDapsSchema = z.strictObject({
  steps: count('noise levels', { from: 1, to: 1000 }),
  sigmaMax: number('first noise level, sqrt((1 - abar) / abar)', { above: 0, to: 1e6 }),
  sigmaMin: number('last noise level', { above: 0, to: 1e6 }),
  odeSteps: count('steps of the probability flow from a level to its clean latent: evaluations of the denoiser', { from: 1, to: 1000 }),
  width: number('deviation to which that latent is trusted, in those of the level', { above: 0, to: 100 }),
  tau: orNone(number('deviation to which the measurement is trusted; none: its noise', { above: 0, to: 1e6 })),
  langevinSteps: count('Langevin steps at a level, each a gradient through the decoder', { from: 1, to: 100_000 }),
  langevinSize: number('of a Langevin step at the first level', { above: 0, to: 1e3 }),
  lastSize: number('the same at the last, falling evenly in the logarithm', { above: 0, to: 1e3 }),
  quantise: flag('whether a VQ first stage snaps latents to codes whenever it decodes'),
});

export type LatentDapsOptions = z.output<typeof latentDapsSchema>;

/**
 * Noise from 10 to 0.1 as published, there at 50 levels; of five trials on tuning images, each 500 gradients through the decoder or 1000.
 */
export const latentDapsDefaults: LatentDapsOptions = {
  steps: 25,
  sigmaMax: 10,
  sigmaMin: 0.1,
  odeSteps: 2,
  width: 1,
  tau: null,
  langevinSteps: 20,
  langevinSize: 1e-5,
  lastSize: 1e-5,
  quantise: true,
};

/**
 * LatentDAPS (Zhang et al., CVPR 2025, arXiv 2407.01521, Algorithm 2): DAPS in latents, z0 drawn at every level from `exp(-||y - A
 * D(z)||^2 / (2 tau^2) - ||z - z0hat||^2 / (2 r^2))` by Langevin steps through the decoder.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; any A with a gradient.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 */
export async function* latentDaps(
  prior: LatentPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<LatentDapsOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(latentDapsSchema, latentDapsDefaults, options, 'LatentDAPS');
  checkLatentLevels(chosen);
  const { steps, odeSteps, width, langevinSteps, langevinSize, lastSize } = chosen;
  const tau = chosen.tau ?? problem.sigma;
  const { alphaBar } = prior;
  const { random } = context;
  const levels = noiseLevels(chosen).map((s) => nearestLevel(alphaBar, s));
  return yield* runCourse(new LatentModel(prior, problem, context, chosen), async function* (model) {
    let latent = random.normals(model.latentShape);
    for (let i = 0; ; i++) {
      const t = levels[i];
      const clean = await flow(model, latent, t);
      const trust = width * Math.sqrt((1 - alphaBar[t]) / alphaBar[t]);
      let seen: { residual: number; estimate: Tensor } | undefined;
      const gradient = async (at: Tensor): Promise<Float64Array> => {
        const { gradient: data, squares, image } = await model.latentMisfit(at);
        seen = { residual: squares / model.size, estimate: image };
        return Float64Array.from(at.data, (value, k) => data.data[k] / tau ** 2 + (value - clean.data[k]) / trust ** 2);
      };
      const size = langevinSize * (lastSize / langevinSize) ** (steps === 1 ? 0 : i / (steps - 1));
      const drawn = await langevin(gradient, clean, { steps: langevinSteps, size, random });
      yield { step: i + 1, steps, stage: 'sample', t, ...seen };
      if (i === steps - 1) return yield* measureLast(model, await model.decode(drawn), { step: steps, steps });
      latent = stochasticEncode(drawn, alphaBar[levels[i + 1]], random);
    }
  });

  /** z0hat: steps of deterministic DDIM, the last to the clean latent. */
  async function flow(model: LatentModel, latent: Tensor, t: number): Promise<Tensor> {
    let at = latent;
    for (let k = 0; k < odeSteps; k++) {
      const here = Math.round(t * (1 - k / odeSteps));
      const next = Math.round(t * (1 - (k + 1) / odeSteps));
      const step = { t: here, alphaBar: alphaBar[here], alphaBarNext: k === odeSteps - 1 ? 1 : alphaBar[next] };
      const epsilon = await model.epsilon(at, here);
      at = ddimStep(tweedie(at, epsilon, step.alphaBar), epsilon, step, random);
    }
    return at;
  }
}

/** The level of a schedule whose noise is nearest in the logarithm. */
function nearestLevel(alphaBar: Float64Array, s: number): number {
  const off = (t: number) => Math.abs(0.5 * Math.log((1 - alphaBar[t]) / alphaBar[t]) - Math.log(s));
  let best = 0;
  for (let t = 1; t < alphaBar.length; t++) if (off(t) < off(best)) best = t;
  return best;
}

/** @throws UsageError for noise that does not fall. */
export function checkLatentLevels({ sigmaMin, sigmaMax }: Pick<LatentDapsOptions, 'sigmaMin' | 'sigmaMax'>): void {
  if (sigmaMin > sigmaMax) throw new UsageError(`The noise falls from sigmaMax to sigmaMin; got ${sigmaMax} and ${sigmaMin}.`);
}
