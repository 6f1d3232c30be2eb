import { tweedie, tweedieGraph } from '../../diffusion/index.js';
import { add, type Expr, grad, input, mul, sqrt, sub, sumSquares } from '../../graph/index.js';
import { isLinear } from '../../operators/operator.js';
import type { LatentPrior } from '../../priors/prior.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import { formatShape, sameShape, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Problem, SolverContext } from '../solver.js';
import { Measurement, type Misfit, misfitGraph } from './measurement.js';
import { type Decoder, decoderOf, type Networks, type RunGraph, WholeNetworks } from './networks.js';
import { TiledNetworks } from './tiled-networks.js';

export interface LatentModelOptions {
  /** Whether a VQ first stage snaps latents to its codes before decoding (true); false needs a prior with `decodeContinuous`. */
  quantise?: boolean;
}

/**
 * Prior and measurement together as compiled functions of latents `[1, c, h, w]`, every call counted.
 * A prior in tiles runs tile by tile in the memory of one; the measurement is always of the whole image, and counts are of whole images.
 */
export class LatentModel extends Measurement {
  private readonly decoder: Decoder;
  private readonly networks: Networks;
  private readonly apart: boolean;

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
    const { tiles } = prior;
    const networksOf = (of: LatentPrior) => new WholeNetworks(of, decoderOf(of, options.quantise !== false), this.runGraph);
    this.decoder = decoderOf(prior, options.quantise !== false);
    // with an operator that no graph holds, or a decoder in tiles, gradients meet at the image
    this.apart = tiles !== undefined || (isLinear(problem.operator) && problem.operator.direct?.only === true);
    this.networks = tiles === undefined ? networksOf(prior) : new TiledNetworks(tiles, networksOf(tiles.prior));
  }

  /** `[1, c, h, w]` */
  get latentShape(): readonly number[] {
    return [1, ...this.prior.latentShape];
  }

  /** The denoiser's noise estimate in z at level t. */
  epsilon(z: Tensor, t: number): Promise<Tensor> {
    this.counts.network++;
    return this.networks.epsilon(z, t);
  }

  decode(z: Tensor): Promise<Tensor> {
    this.counts.decodes++;
    return this.networks.decode(z);
  }

  encode(x: Tensor): Promise<Tensor> {
    this.counts.encodes++;
    return this.networks.encode(x);
  }

  /**
   * `||y - A D(z)||^2`, the gradient of half of it in z, and the image D(z) that it needed: one decoder gradient, be it one graph or
   * a pass to the image, over all tiles where there are some, and one back.
   */
  async latentMisfit(z: Tensor): Promise<Misfit & { image: Tensor }> {
    this.counts.decoderGradients++;
    if (this.apart) {
      const image = await this.networks.decode(z);
      const { squares, gradient } = await this.misfit(image);
      return { squares, gradient: await this.networks.decodeGradient(z, gradient), image };
    }
    const { operator, y } = this.problem;
    const build = () => {
      const latent = this.latent();
      const image = this.decoder.graph(latent);
      return { ...misfitGraph(operator, image, latent), image };
    };
    this.countMisfit();
    const out = await this.runGraph(`latent misfit${this.decoder.form}`, [this.prior, operator], build, { z, y });
    return { squares: out.squares.data[0], gradient: out.gradient, image: out.image };
  }

  /**
   * `||y - A D(z0hat(z))||^2` and the gradient of half of it in z through the denoiser, with the noise estimate that it needed:
   * one network evaluation and one decoder gradient.
   */
  async guidance(z: Tensor, t: number, alphaBar: number): Promise<Misfit & { epsilon: Tensor; image: Tensor }> {
    if (this.apart) {
      const epsilon = await this.epsilon(z, t);
      const { squares, image, gradient: inClean } = await this.latentMisfit(tweedie(z, epsilon, alphaBar));
      // z0hat = (z - sqrt(1 - abar) eps(z)) / sqrt(abar)
      this.counts.networkGradients++;
      const throughNoise = await this.networks.epsilonGradient(z, t, inClean);
      return { squares, gradient: tweedie(inClean, throughNoise, alphaBar), epsilon, image };
    }
    const { operator, y } = this.problem;
    const build = () => {
      const latent = this.latent();
      const epsilon = this.prior.epsilon(latent, input('t', [1]));
      const image = this.decoder.graph(tweedieGraph(latent, epsilon, input('alphaBar', [])));
      return { ...misfitGraph(operator, image, latent), epsilon, image };
    };
    this.counts.network++;
    this.counts.networkGradients++;
    this.counts.decoderGradients++;
    this.countMisfit();
    const feeds = { z, t: tensor([1], [t]), alphaBar: tensor([], [alphaBar]), y };
    const out = await this.runGraph(`guidance${this.decoder.form}`, [this.prior, operator], build, feeds);
    return { squares: out.squares.data[0], gradient: out.gradient, epsilon: out.epsilon, image: out.image };
  }

  /**
   * The loss of PSLD, `omega ||y - A x|| + gamma ||E(x + scale A^T (y - A x)) - z0hat||`, x = D(z0hat): its gradient in z through denoiser,
   * decoder and encoder, `||y - A x||^2`, the noise estimate and the image x.
   * @throws UsageError when A is not linear, or the prior is in tiles
   */
  async gluing(
    z: Tensor,
    t: number,
    alphaBar: number,
    { omega, gamma, scale }: { omega: number; gamma: number; scale: number },
  ): Promise<Misfit & { epsilon: Tensor; image: Tensor }> {
    const { operator, y } = this.problem;
    if (!isLinear(operator)) throw new UsageError(`PSLD needs a linear operator; ${operator.name} is not linear.`);
    if (this.prior.tiles !== undefined)
      throw new UsageError(
        'PSLD needs a gradient through the whole image, which is too large: choose latent-dps or resample, or --tile none.',
      );
    const build = () => {
      const latent = this.latent();
      const epsilon = this.prior.epsilon(latent, input('t', [1]));
      const clean = tweedieGraph(latent, epsilon, input('alphaBar', []));
      const image = this.decoder.graph(clean);
      const lacking = sub(input('y', y.shape), operator.apply(image));
      const squares = sumSquares(lacking);
      const glued = this.prior.encode(add(image, mul(operator.adjoint(lacking), input('scale', []))));
      const norm = (of: Expr): Expr => sqrt(add(of, 1e-20)); // at 0 the root has no gradient
      const loss = add(mul(norm(squares), input('omega', [])), mul(norm(sumSquares(sub(glued, clean))), input('gamma', [])));
      return { squares, gradient: grad(loss, [latent])[0], epsilon, image };
    };
    this.counts.network++;
    this.counts.networkGradients++;
    this.counts.decoderGradients++;
    this.counts.encodes++;
    this.countMisfit();
    const scalar = (value: number) => tensor([], [value]);
    const feeds = {
      z,
      t: tensor([1], [t]),
      alphaBar: scalar(alphaBar),
      y,
      omega: scalar(omega),
      gamma: scalar(gamma),
      scale: scalar(scale),
    };
    const out = await this.runGraph(`gluing${this.decoder.form}`, [this.prior, operator], build, feeds);
    return { squares: out.squares.data[0], gradient: out.gradient, epsilon: out.epsilon, image: out.image };
  }

  private latent(): Expr {
    return input('z', this.latentShape);
  }

  private countMisfit(): void {
    this.counts.operator++;
    this.counts.adjoint++;
  }

  private readonly runGraph: RunGraph = async (name, owners, build, feeds) => {
    const compiled = await this.graphs.get(name, owners, build);
    // e.g. the gradient of a linear decoder does not depend on where it is taken
    const taken = compiled.inputs.flatMap(({ name: port }): Array<[string, Tensor]> => (port in feeds ? [[port, feeds[port]]] : []));
    return this.run(compiled, Object.fromEntries(taken));
  };
}
