import { z } from 'zod';
import { constant, input, sub } from '../graph/index.js';
import { isLinear } from '../operators/operator.js';
import { spectralOf } from '../operators/spectral.js';
import type { PixelPrior } from '../priors/prior.js';
import { UsageError } from '../tensor/errors.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import { number } from './methods/options.js';
import { PixelModel } from './networks/pixel-model.js';
import { checkNoiseLevels, noiseLevelOptions, noiseLevels } from './noise-levels.js';
import { replaceOptions } from './replace-options.js';
import { measureLast, runCourse } from './run-course.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { startImage } from './start-image.js';

export const ddrmSchema = z.strictObject({
  ...noiseLevelOptions,
  eta: number('share of fresh noise where the measurement says nothing, or less than the noise of the level', { from: 0, to: 1 }),
  etaB: number('share of the measurement where it says more', { from: 0, to: 1 }),
});

export type DdrmOptions = z.output<typeof ddrmSchema>;

/** eta as published, of 20 steps; more lose less where pixels are missing. */
export const ddrmDefaults: DdrmOptions = { steps: 50, sigmaMax: 4, sigmaMin: 0.01, eta: 0.85, etaB: 1 };

/** Singular values below this share of the greatest are 0. */
const LEAST = 1e-4;

/**
 * DDRM (Kawar, Elad, Ermon and Song: Denoising diffusion restoration models, NeurIPS 2022, eqs. 4, 7 and 8): the diffusion of the
 * coefficients `V^T x` of the operator's singular value decomposition, each by what is known of it: from the prior alone where the singular
 * value s_i is 0, else with `ybar_i = (U^T y)_i / s_i`, whose noise is sigma / s_i.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit; A linear, with a decomposition that is known (`spectral`).
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit, or A has none; the signal's reason when aborted.
 */
export async function* ddrm(
  prior: PixelPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<DdrmOptions> = {},
): Reconstruction {
  const chosen = replaceOptions(ddrmSchema, ddrmDefaults, options, 'DDRM');
  checkNoiseLevels(chosen, prior);
  const { steps, eta, etaB } = chosen;
  const { operator, sigma } = problem;
  if (!isLinear(operator)) throw new UsageError(`DDRM needs a linear operator; ${operator.name} is not linear. Choose diffpir or daps.`);
  const form = spectralOf(operator);
  const { offset } = operator;
  const levels = [...noiseLevels(chosen), 0];
  const { random } = context;
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    const shape = [1, ...operator.inputShape];
    const { coefficients, image, measured } = await spectralMaps();
    const greatest = form.singularValues.data.reduce((a, b) => Math.max(a, b), 0);
    /** Of each coefficient: the deviation of what is known of it, infinity where nothing is. */
    const known = form.singularValues.data.map((value) => (value > LEAST * greatest ? sigma / value : Number.POSITIVE_INFINITY));
    const ybar = mapTensor(await measured(problem.y), (value, i) => (Number.isFinite(known[i]) ? value / form.singularValues.data[i] : 0));

    const first = levels[0];
    const start = await coefficients(startImage(operator));
    let x = await image(
      mapTensor(start, (value, i) =>
        known[i] <= first ? ybar.data[i] + Math.sqrt(first ** 2 - known[i] ** 2) * random.normal() : value + first * random.normal(),
      ),
    );
    for (let i = 0; i < steps; i++) {
      const [s, next] = [levels[i], levels[i + 1]];
      const clean = await model.denoise(x, s);
      yield { step: i + 1, steps, stage: 'sample', t: s, estimate: clean };
      const [own, from] = [await coefficients(clean), await coefficients(x)];
      const kept = Math.sqrt(1 - eta ** 2) * next;
      x = await image(
        mapTensor(own, (x0, k) => {
          const deviation = known[k];
          if (deviation === Number.POSITIVE_INFINITY) return x0 + (kept * (from.data[k] - x0)) / s + eta * next * random.normal();
          if (next < deviation) return x0 + (kept * (ybar.data[k] - x0)) / deviation + eta * next * random.normal();
          const fresh = Math.sqrt(next ** 2 - (etaB * deviation) ** 2);
          return (1 - etaB) * x0 + etaB * ybar.data[k] + fresh * random.normal();
        }),
      );
    }
    return yield* measureLast(model, x, { step: steps, steps });

    async function spectralMaps() {
      const on = (name: string, of: readonly number[], build: (x: ReturnType<typeof input>) => ReturnType<typeof input>) => {
        const compiled = model.graphs.get(`spectral ${name}`, [operator], () => ({ out: build(input('x', of)) }));
        return async (x: Tensor): Promise<Tensor> => (await (await compiled).run({ x }, { signal: context.signal })).out;
      };
      return {
        coefficients: on('coefficients', shape, form.coefficients),
        image: on('image', shape, form.image),
        measured: on('measured', problem.y.shape, (y) => form.measured(sub(y, constant(offset)))),
      };
    }
  });
}
