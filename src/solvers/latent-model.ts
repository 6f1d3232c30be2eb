import { tweedieGraph } from '../diffusion/index.js';
import { type Expr, input } from '../graph/index.js';
import type { LatentPrior } from '../priors/prior.js';
import { UserError } from '../tensor/errors.js';
import { formatShape, sameShape, type Tensor, tensor } from '../tensor/tensor.js';
import { Measurement, type Misfit, misfitGraph } from './measurement.js';
import type { Problem, SolverContext } from './solver.js';

export interface LatentModelOptions {
  /** Whether a VQ first stage snaps latents to its codes before decoding (true); false needs a prior with `decodeContinuous`. */
  quantise?: boolean;
}

/** Prior and measurement together as compiled functions of latents `[1, c, h, w]`, every call counted. */
export class LatentModel extends Measurement {
  private readonly decoder: (z: Expr) => Expr;
  /** Tells graphs with and without the quantiser apart. */
  private readonly form: string;

  /** @throws UserError when prior and operator disagree on the image, and as `Measurement`. */
  constructor(
    readonly prior: LatentPrior,
    problem: Problem,
    context: SolverContext,
    options: LatentModelOptions = {},
  ) {
    super(problem, context);
    if (!sameShape(prior.imageShape, problem.operator.inputShape)) {
      throw new UserError(
        `The prior "${prior.name}" makes images ${formatShape(prior.imageShape)}, but ${problem.operator.name} measures images ${formatShape(problem.operator.inputShape)}.`,
      );
    }
    const { decodeContinuous } = prior;
    if (options.quantise !== false) {
      this.decoder = (z) => prior.decode(z);
      this.form = '';
    } else {
      if (decodeContinuous === undefined)
        throw new UserError(`The prior "${prior.name}" has one way to decode: leave quantise on.`, { exitCode: 2 });
      this.decoder = (z) => decodeContinuous.call(prior, z);
      this.form = ' (continuous)';
    }
  }

  /** `[1, c, h, w]` */
  get latentShape(): readonly number[] {
    return [1, ...this.prior.latentShape];
  }

  /** The denoiser's noise estimate in z at level t. */
  async epsilon(z: Tensor, t: number): Promise<Tensor> {
    const compiled = await this.graphs.get('epsilon', [this.prior], () => ({
      epsilon: this.prior.epsilon(this.latent(), input('t', [1])),
    }));
    this.counts.network++;
    return (await this.run(compiled, { z, t: tensor([1], [t]) })).epsilon;
  }

  async decode(z: Tensor): Promise<Tensor> {
    const compiled = await this.graphs.get(`decode${this.form}`, [this.prior], () => ({ x: this.decoder(this.latent()) }));
    this.counts.decodes++;
    return (await this.run(compiled, { z })).x;
  }

  async encode(x: Tensor): Promise<Tensor> {
    const compiled = await this.graphs.get('encode', [this.prior], () => ({ z: this.prior.encode(input('x', x.shape)) }));
    this.counts.encodes++;
    return (await this.run(compiled, { x })).z;
  }

  /** `||y - A D(z)||^2`, the gradient of half of it in z, and the image D(z) that it needed. */
  async latentMisfit(z: Tensor): Promise<Misfit & { image: Tensor }> {
    const { operator, y } = this.problem;
    const compiled = await this.graphs.get(`latent misfit${this.form}`, [this.prior, operator], () => {
      const latent = this.latent();
      const image = this.decoder(latent);
      return { ...misfitGraph(operator, image, latent), image };
    });
    this.countDecoderGradient();
    const out = await this.run(compiled, { z, y });
    return { squares: out.squares.data[0], gradient: out.gradient, image: out.image };
  }

  /**
   * `||y - A D(z0hat(z))||^2` and the gradient of half of it in z through the denoiser, with the noise estimate that it needed:
   * one network evaluation and one decoder gradient.
   */
  async guidance(z: Tensor, t: number, alphaBar: number): Promise<Misfit & { epsilon: Tensor; image: Tensor }> {
    const { operator, y } = this.problem;
    const compiled = await this.graphs.get(`guidance${this.form}`, [this.prior, operator], () => {
      const latent = this.latent();
      const epsilon = this.prior.epsilon(latent, input('t', [1]));
      const image = this.decoder(tweedieGraph(latent, epsilon, input('alphaBar', [])));
      return { ...misfitGraph(operator, image, latent), epsilon, image };
    });
    this.counts.network++;
    this.countDecoderGradient();
    const out = await this.run(compiled, { z, t: tensor([1], [t]), alphaBar: tensor([], [alphaBar]), y });
    return { squares: out.squares.data[0], gradient: out.gradient, epsilon: out.epsilon, image: out.image };
  }

  private latent(): Expr {
    return input('z', this.latentShape);
  }

  private countDecoderGradient(): void {
    this.counts.decoderGradients++;
    this.counts.operator++;
    this.counts.adjoint++;
  }
}
