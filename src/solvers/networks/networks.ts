import { type Expr, input, vjp } from '../../graph/index.js';
import type { LatentPrior } from '../../priors/prior.js';
import { UsageError } from '../../tensor/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';

/** The networks of a latent prior as functions of latents `[1, c, h, w]` and images `[1, C, H, W]`. */
export interface Networks {
  /** The denoiser's noise estimate in z at level t. */
  epsilon(z: Tensor, t: number): Promise<Tensor>;
  /** The gradient in z of `<seed, epsilon(z, t)>`. */
  epsilonGradient(z: Tensor, t: number, seed: Tensor): Promise<Tensor>;
  decode(z: Tensor): Promise<Tensor>;
  /** The gradient in z of `<seed, D(z)>`. */
  decodeGradient(z: Tensor, seed: Tensor): Promise<Tensor>;
  encode(x: Tensor): Promise<Tensor>;
}

/**
 * Compile a graph on first use and run it.
 * @param owners the objects it was built from.
 * @param feeds by name; those it does not take are left out.
 */
export type RunGraph = (
  name: string,
  owners: readonly object[],
  build: () => Record<string, Expr>,
  feeds: Readonly<Record<string, Tensor>>,
) => Promise<Record<string, Tensor>>;

/** One of the ways in which a prior decodes. */
export interface Decoder {
  graph(z: Expr): Expr;
  /** Tells names of graphs with and without the quantiser apart. */
  readonly form: string;
}

/** @param quantise whether a VQ first stage snaps latents to its codes. @throws UserError when a prior cannot do without. */
export function decoderOf(prior: LatentPrior, quantise: boolean): Decoder {
  if (quantise) return { graph: (z) => prior.decode(z), form: '' };
  const { decodeContinuous } = prior;
  if (decodeContinuous === undefined) throw new UsageError(`The prior "${prior.name}" has one way to decode: leave quantise on.`);
  return { graph: (z) => decodeContinuous.call(prior, z), form: ' (continuous)' };
}

/** Networks that see all of an image at once. */
export class WholeNetworks implements Networks {
  constructor(
    private readonly prior: LatentPrior,
    private readonly decoder: Decoder,
    private readonly run: RunGraph,
  ) {}

  async epsilon(z: Tensor, t: number): Promise<Tensor> {
    const build = () => ({ epsilon: this.prior.epsilon(input('z', z.shape), input('t', [1])) });
    return (await this.run('epsilon', [this.prior], build, { z, t: tensor([1], [t]) })).epsilon;
  }

  async epsilonGradient(z: Tensor, t: number, seed: Tensor): Promise<Tensor> {
    const build = () => {
      const latent = input('z', z.shape);
      return { gradient: vjp(this.prior.epsilon(latent, input('t', [1])), input('seed', seed.shape), [latent])[0] };
    };
    return (await this.run('epsilon gradient', [this.prior], build, { z, t: tensor([1], [t]), seed })).gradient;
  }

  async decode(z: Tensor): Promise<Tensor> {
    const build = () => ({ x: this.decoder.graph(input('z', z.shape)) });
    return (await this.run(`decode${this.decoder.form}`, [this.prior], build, { z })).x;
  }

  async decodeGradient(z: Tensor, seed: Tensor): Promise<Tensor> {
    const build = () => {
      const latent = input('z', z.shape);
      return { gradient: vjp(this.decoder.graph(latent), input('seed', seed.shape), [latent])[0] };
    };
    return (await this.run(`decode gradient${this.decoder.form}`, [this.prior], build, { z, seed })).gradient;
  }

  async encode(x: Tensor): Promise<Tensor> {
    return (await this.run('encode', [this.prior], () => ({ z: this.prior.encode(input('x', x.shape)) }), { x })).z;
  }
}
