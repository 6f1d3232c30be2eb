import { div, type Expr, mul, sqrt, sub } from '../graph/index.js';
import { mapTensor, type Tensor } from '../tensor/tensor.js';

/**
 * Tweedie's formula: the posterior mean of the clean sample, `(z_t - sqrt(1 - abar_t) eps) / sqrt(abar_t)`.
 * The score is `-eps / sqrt(1 - abar_t)`, hence the root.
 *
 * @param z noisy sample at level t.
 * @param epsilon the network's noise estimate there, same shape.
 */
export function tweedie(z: Tensor, epsilon: Tensor, alphaBar: number): Tensor {
  const noise = Math.sqrt(1 - alphaBar);
  const signal = Math.sqrt(alphaBar);
  return mapTensor(z, (value, i) => (value - noise * epsilon.data[i]) / signal);
}

/** `tweedie` as a graph, for gradients through it; `alphaBar` must broadcast against `z`. */
export function tweedieGraph(z: Expr, epsilon: Expr, alphaBar: Expr): Expr {
  return div(sub(z, mul(sqrt(sub(1, alphaBar)), epsilon)), sqrt(alphaBar));
}
