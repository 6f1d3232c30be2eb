import { add, concat, constant, type Expr, input, relu, reshape, sub } from '../graph/index.js';
import { conv, inputParams, type ParamSpec, type Params, scope } from '../nn/index.js';
import { tensor } from '../tensor/tensor.js';
import type { DncnnConfig } from './config.js';

/**
 * DnCNN (Zhang, Zuo, Chen, Meng and Zhang, IEEE TIP 2017) for noise of any level: `x - F([x, sigma])`, x [N, C, H, W] of any size, the
 * noise level sigma [N] as one more channel, which is constant. F is `depth` convolutions of 3x3 with a ReLU between two, without
 * normalisation.
 */
export function dncnn(params: Params, { width, depth }: DncnnConfig, x: Expr, sigma: Expr): Expr {
  const [n, channels, rows, columns] = x.shape;
  const level = add(reshape(sigma, [n, 1, 1, 1]), constant(tensor([1, 1, rows, columns])));
  const layer = (k: number, h: Expr, out: number): Expr => conv(scope(params, `layers.${k}`), h, { out, zero: k === depth - 1 });
  let h = concat([x, level], 1);
  for (let k = 0; k < depth - 1; k++) h = relu(layer(k, h, width));
  return sub(x, layer(depth - 1, h, channels));
}

/** Every parameter of it, in order of use. */
export function dncnnSpecs(config: DncnnConfig): readonly ParamSpec[] {
  const { params, specs } = inputParams();
  dncnn(params, config, input('x', [1, config.channels, 4, 4]), input('sigma', [1]));
  return specs;
}
