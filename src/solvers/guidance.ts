import type { TimeStep } from '../diffusion/index.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';
import type { LatentModel } from './networks/latent-model.js';
import type { PublishedOptions } from './published-options.js';

/** The noise estimate at z, and the step of Latent-DPS towards the measurement, which is subtracted from z'. */
export interface Prediction {
  readonly epsilon: Tensor;
  readonly guidance?: Tensor;
  /** `||y - A D(z0hat)||^2 / m` and `D(z0hat)`, where the guidance needed them. */
  readonly residual?: number;
  readonly estimate?: Tensor;
}

/**
 * The noise estimate at z, with the gradient step of Latent-DPS where `latentDps` = k is not 0 (ReSample v1, Table 9; Chung et al., ICLR
 * 2023): `k abar_t grad_z ||y - A D(z0hat(z))||^p`, through the denoiser or with its output taken as constant.
 *
 * @param cleanEstimate (z, eps, abar) -> z0hat; through the denoiser it is always Tweedie's formula.
 */
export async function predict(
  model: LatentModel,
  z: Tensor,
  { t, alphaBar }: TimeStep,
  cleanEstimate: (z: Tensor, epsilon: Tensor, alphaBar: number) => Tensor,
  options: Pick<PublishedOptions, 'latentDps' | 'latentDpsNorm' | 'latentDpsThrough'>,
): Promise<Prediction> {
  const { latentDps: k, latentDpsNorm, latentDpsThrough } = options;
  if (k === 0) return { epsilon: await model.epsilon(z, t) };
  const through = latentDpsThrough === 'network' ? await model.guidance(z, t, alphaBar) : await decoderGuidance();
  const { epsilon, squares, gradient, image } = through;
  // From the gradient of 1/2 ||r||^2 to that of ||r||^2 or of ||r||.
  const power = latentDpsNorm === 'squared' ? 2 : 1 / Math.sqrt(squares);
  const guidance = mapTensor(gradient, (g) => (squares > 0 ? k * alphaBar * power * g : 0));
  return { epsilon, guidance, residual: squares / model.size, estimate: image };

  async function decoderGuidance() {
    const noise = await model.epsilon(z, t);
    const misfit = await model.latentMisfit(cleanEstimate(z, noise, alphaBar));
    const inner = 1 / Math.sqrt(alphaBar); // d z0hat / d z with eps held
    return { ...misfit, epsilon: noise, gradient: mapTensor(misfit.gradient, (g) => inner * g) };
  }
}
