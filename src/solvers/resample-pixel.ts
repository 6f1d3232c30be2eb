import { addNoise } from '../diffusion/index.js';
import type { PixelPrior } from '../priors/prior.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import { PixelModel } from './networks/pixel-model.js';
import { noiseLevels } from './noise-levels.js';
import { proximal } from './proximal.js';
import { type PixelResampleOptions, pixelResampleOptions } from './resample-pixel-options.js';
import { type BareStep, runCourse } from './run-course.js';
import { smoothest } from './smoothest.js';
import type { Problem, Reconstruction, SolverContext } from './solver.js';
import { beginning } from './start-image.js';

/**
 * ReSample (Song, Kwon et al., ICLR 2024, Algorithm 1) with a prior on pixels: encode and decode are nothing, noise is added rather than
 * mixed in (`x = clean + s n`, s falling evenly in the logarithm), and hard data consistency, at every step, is the proximal step of the
 * measurement, in which the clean estimate counts as much as the noise it came from allows.
 *
 * Yields at every step; stages `sample`, `final` (the last image is brought to the noise level of the measurement) and `done`.
 *
 * @param problem y `[1, ...outputShape]` in the operator's unit.
 * @returns the image `[1, C, H, W]`, about [-1, 1], not clipped.
 * @throws UserError when options, measurement, prior and operator do not fit; the signal's reason when aborted.
 * @example
 * ```ts
 * import { operators, Random, solvers, tensor } from 'posteriori';
 * import { createNodeRuntime } from 'posteriori/node';
 * import { loadPixelPrior } from 'posteriori/priors/node';
 * const { prior } = await loadPixelPrior('photo-pixel');
 * const operator = operators.bicubicDownsampling([3, 256, 256], 4);
 * const problem = { operator, y: tensor([1, ...operator.outputShape]), sigma: 0.01 };
 * const context = { runtime: await createNodeRuntime(), random: new Random(0) };
 * for await (const { step, steps, residual } of solvers.resamplePixel(prior, problem, context)) console.log(step, 'of', steps, residual);
 * ```
 */
export async function* resamplePixel(
  prior: PixelPrior,
  problem: Problem,
  context: SolverContext,
  options: Partial<PixelResampleOptions> = {},
): Reconstruction {
  const chosen = pixelResampleOptions(options, prior);
  const { steps, lambda } = chosen;
  const levels = noiseLevels(chosen);
  const { random } = context;
  return yield* runCourse(new PixelModel(prior, problem, context), async function* (model) {
    const report = (step: number, stage: string, estimate: Tensor, squares: number): BareStep => ({
      step,
      steps,
      stage,
      t: levels[step - 1],
      estimate,
      residual: squares / model.size,
    });
    const consistent = (clean: Tensor, level: number) => proximal(model, clean, { ...chosen, trust: level / Math.sqrt(lambda) });
    const { image, first } = beginning(problem.operator, steps, context.from);
    const smooth = chosen.start === 'smoothest' && problem.operator.linear;
    const start = async () => (smooth ? smoothest(model, image, { slope: 0.1, iterations: 300 }) : (await consistent(image, levels[0])).x);
    let previous = context.from ? image : await start();
    let x = addNoise(previous, levels[first], random);
    for (let i = first; ; i++) {
      const clean = await model.denoise(x, levels[i]); // x0hat
      const at = await consistent(clean, levels[i]); // x0y
      if (i === steps - 1) {
        yield report(steps, 'final', at.x, at.squares);
        const end = chosen.toNoise ? await bringToNoise(model, clean, levels[i], at, chosen) : at;
        yield report(steps, 'done', end.x, end.squares);
        return end.x;
      }
      yield report(i + 1, 'sample', at.x, at.squares);
      previous = relax(at.x, previous, i);
      x = resampleAt(previous, clean, x, levels[i], levels[i + 1]);
    }
  });

  /**
   * Clean estimate and data step together are a map T whose fixed point is sought while the noise falls; over-relaxation (Krasnosel'skii
   * and Mann's iteration with a factor above 1) `e + relaxation (T(e) - e)` takes fewer levels. Towards the end, where T(e) - e is the
   * noise's doing, it dies away.
   */
  function relax(image: Tensor, from: Tensor, i: number): Tensor {
    const more = (chosen.relaxation - 1) * (1 - i / (steps - 1));
    if (more === 0) return image;
    return mapTensor(image, (value, j) => value + more * (value - from.data[j]));
  }

  /**
   * Stochastic resampling at the level s' (Proposition 2) with `x = z / sqrt(abar)`: `N( (v x0y + s'^2 x') / (v + s'^2), v s'^2 / (v +
   * s'^2) )`, x' the DDIM step and v gamma times the variance of DDPM's posterior; of encoding (Proposition 1), its limit for a large v,
   * `N(x0y, s'^2)`.
   */
  function resampleAt(agreed: Tensor, clean: Tensor, from: Tensor, s: number, next: number): Tensor {
    if (chosen.mapping === 'encoding') return addNoise(agreed, next, random);
    const variance = (chosen.gamma * next ** 2 * (s ** 2 - next ** 2)) / s ** 2;
    const weight = variance / (variance + next ** 2);
    const deviation = next * Math.sqrt(weight);
    return mapTensor(agreed, (value, j) => {
      const ahead = clean.data[j] + (next / s) * (from.data[j] - clean.data[j]); // x'
      return weight * value + (1 - weight) * ahead + deviation * random.normal();
    });
  }
}

/**
 * The proximal step again, with as much trust in the clean estimate as leaves the residual at the noise, `||y - A x||^2 = margin m sigma^2`
 * (the discrepancy principle): the logarithm of the trust by the secant method, a few times. What the estimate alone explains better than
 * that stays.
 */
async function bringToNoise(
  model: PixelModel,
  clean: Tensor,
  level: number,
  first: { x: Tensor; squares: number },
  options: PixelResampleOptions,
): Promise<{ x: Tensor; squares: number }> {
  const { sigma } = model.problem;
  const target = Math.log(options.margin * model.size * sigma ** 2);
  let best = first;
  if (!Number.isFinite(target)) return best;
  const off = ({ squares }: { squares: number }) => Math.log(Math.max(squares, 1e-30)) - target;
  let previous: { at: number; off: number } | undefined;
  let here = { at: Math.log(level / Math.sqrt(options.lambda)), off: off(first) };
  for (let k = 0; k < 6 && Math.abs(off(best)) > 0.02; k++) {
    // the residual falls as the trust in the measurement grows; without a slope yet, as its square
    const slope =
      previous === undefined || here.at === previous.at ? -1 : Math.min(-0.05, (here.off - previous.off) / (here.at - previous.at));
    const at = here.at + Math.max(-2, Math.min(2, -here.off / slope));
    const there = await proximal(model, clean, { ...options, trust: Math.exp(at) });
    previous = here;
    here = { at, off: off(there) };
    if (Math.abs(off(there)) < Math.abs(off(best))) best = there;
  }
  return best;
}
