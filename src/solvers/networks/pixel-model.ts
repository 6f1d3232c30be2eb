import { clip, type Expr, input, vjp } from '../../graph/index.js';
import { isLinear } from '../../operators/operator.js';
import type { PixelPrior } from '../../priors/prior.js';
import { tileAxis, tileGrid } from '../../priors/tile-grid.js';
import { UserError } from '../../tensor/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Problem, SolverContext } from '../solver.js';
import { Measurement, type Misfit, misfitGraph } from './measurement.js';
import { inTurn } from './tiled-networks.js';

/** An image with more pixels than this is denoised tile by tile, in the memory of one. */
const MOST_PIXELS = 1024 * 1024;
const TILE = 768;
/** Further than the denoiser sees. */
const OVERLAP = 128;

/** A pixel prior and a measurement together as compiled functions of images `[1, C, H, W]`, every call counted. */
export class PixelModel extends Measurement {
  /** @throws UserError when prior and operator disagree on the channels, and as `Measurement`. */
  constructor(
    readonly prior: PixelPrior,
    problem: Problem,
    context: SolverContext,
  ) {
    super(problem, context);
    const { operator } = problem;
    if (operator.inputShape[0] !== prior.channels)
      throw new UserError(
        `The prior "${prior.name}" makes images of ${prior.channels} channels, but ${operator.name} measures images of ${operator.inputShape[0]}.`,
      );
  }

  /** `[1, C, H, W]` */
  get imageShape(): readonly number[] {
    return [1, ...this.problem.operator.inputShape];
  }

  /** The clean estimate of x at noise level sigma. */
  async denoise(x: Tensor, sigma: number): Promise<Tensor> {
    this.counts.network++;
    const [, , height, width] = x.shape;
    if (height * width <= MOST_PIXELS) return this.denoiseWhole(x, sigma);
    const axis = (side: number) => tileAxis(side, Math.min(TILE, side), Math.min(OVERLAP, side - 1));
    const grid = tileGrid(axis(height), axis(width));
    return inTurn(x, grid, grid, (part) => this.denoiseWhole(part, sigma));
  }

  /**
   * `||y - A(x0)||^2` of the clean estimate x0 of x at noise level sigma, and the gradient of half of it in x, through the denoiser: one
   * network evaluation and one network gradient.
   * @param clipped whether x0 is clipped to [-1, 1] before it is measured, and returned so
   * @throws UserError when the image is too large for a gradient through all of it
   */
  async guidance(x: Tensor, sigma: number, { clipped }: { clipped: boolean }): Promise<Misfit & { clean: Tensor }> {
    const [, , height, width] = x.shape;
    if (height * width > MOST_PIXELS)
      throw new UserError(
        `A gradient through the prior "${this.prior.name}" of ${width} x ${height} pixels needs too much memory. Choose a method that needs none (diffpir, dds, dmps, daps), or a smaller image.`,
      );
    const { operator, y } = this.problem;
    const estimated = (image: Expr): Expr => {
      const estimate = this.prior.denoise(image, input('sigma', [1]));
      return clipped ? clip(estimate, -1, 1) : estimate;
    };
    const form = clipped ? ' (clipped)' : '';
    this.counts.network++;
    this.counts.networkGradients++;
    const at = { x, sigma: tensor([1], [sigma]) };
    if (isLinear(operator) && operator.direct?.only) {
      // no graph holds the operator: the gradient meets it at the image, for a second evaluation of the denoiser
      const forward = await this.graphs.get(`estimate${form}`, [this.prior], () => ({ clean: estimated(input('x', x.shape)) }));
      const { clean } = await this.run(forward, at);
      const { squares, gradient: inClean } = await this.misfit(clean);
      const back = await this.graphs.get(`estimate gradient${form}`, [this.prior], () => {
        const image = input('x', x.shape);
        return { gradient: vjp(estimated(image), input('seed', x.shape), [image])[0] };
      });
      return { squares, gradient: (await this.run(back, { ...at, seed: inClean })).gradient, clean };
    }
    const build = () => {
      const image = input('x', x.shape);
      const clean = estimated(image);
      return { ...misfitGraph(operator, clean, image), clean };
    };
    const compiled = await this.graphs.get(`guidance${form}`, [this.prior, operator], build);
    this.counts.operator++;
    this.counts.adjoint++;
    const out = await this.run(compiled, { ...at, y });
    return { squares: out.squares.data[0], gradient: out.gradient, clean: out.clean };
  }

  private async denoiseWhole(x: Tensor, sigma: number): Promise<Tensor> {
    const build = () => ({ clean: this.prior.denoise(input('x', x.shape), input('sigma', [1])) });
    const compiled = await this.graphs.get(`denoise ${x.shape.join(' x ')}`, [this.prior], build);
    return (await this.run(compiled, { x, sigma: tensor([1], [sigma]) })).clean;
  }
}
