import { add, conv2d, type Expr, groupNorm, matmul, reshape, transpose } from '../graph/index.js';
import type { Init, Params } from './params.js';

const ZERO: Init = { mean: 0, bound: 0 };
const ONE: Init = { mean: 1, bound: 0 };

/**
 * PyTorch's default for convolutions and linear layers: Kaiming uniform with a = sqrt(5) (He et al., ICCV 2015),
 * which comes to 1/sqrt(fan in), for weight and bias alike.
 */
const kaiming = (fanIn: number): Init => ({ mean: 0, bound: 1 / Math.sqrt(fanIn) });

export interface ConvOptions {
  /** Output channels. */
  readonly out: number;
  /** Side of the square kernel. Default 3. */
  readonly kernel?: number;
  readonly stride?: number;
  /** Zero padding, one number or [top, left, bottom, right]. Default keeps the size at stride 1. */
  readonly pads?: number | readonly [number, number, number, number];
  /** Start at zero, so that the branch this layer ends is silent at first (`zero_module`). */
  readonly zero?: boolean;
}

/** Convolution with bias, [N, C, H, W] -> [N, out, H', W']; names `weight` [out, C, k, k], `bias` [out]. */
export function conv(params: Params, x: Expr, options: ConvOptions): Expr {
  const { out, kernel = 3, stride = 1, pads = (kernel - 1) / 2, zero = false } = options;
  const channels = x.shape[1];
  const init = zero ? ZERO : kaiming(channels * kernel * kernel);
  const weight = params('weight', [out, channels, kernel, kernel], init);
  return conv2d(x, weight, { stride, pads, bias: params('bias', [out], init) });
}

/**
 * A one-tap Conv1d over the pixels taken in order, [N, C, H, W] -> [N, out, H, W].
 * Names `weight` [out, C, 1] (the rank a Conv1d has in a state dict), `bias` [out].
 */
export function conv1d(params: Params, x: Expr, options: { out: number; zero?: boolean }): Expr {
  const { out, zero = false } = options;
  const channels = x.shape[1];
  const init = zero ? ZERO : kaiming(channels);
  const weight = reshape(params('weight', [out, channels, 1], init), [out, channels, 1, 1]);
  return conv2d(x, weight, { bias: params('bias', [out], init) });
}

/** x W^T + b over the last axis, [..., in] -> [..., out]; names `weight` [out, in], `bias` [out]. */
export function linear(params: Params, x: Expr, options: { out: number }): Expr {
  const { out } = options;
  const features = x.shape[x.shape.length - 1];
  const init = kaiming(features);
  return add(matmul(x, transpose(params('weight', [out, features], init), [1, 0])), params('bias', [out], init));
}

export interface NormOptions {
  readonly groups: number;
  readonly eps: number;
}

/** Group normalisation (Wu and He, ECCV 2018) over [N, C, H, W]; names `weight` [C] starting at 1, `bias` [C] at 0. */
export function norm(params: Params, x: Expr, options: NormOptions): Expr {
  const channels = x.shape[1];
  return groupNorm(x, options.groups, params('weight', [channels], ONE), params('bias', [channels], ZERO), options.eps);
}

/** A table of `count` vectors of length `size`, starting uniform on [-1/count, 1/count]; name `weight` [count, size]. */
export function embedding(params: Params, options: { count: number; size: number }): Expr {
  const { count, size } = options;
  return params('weight', [count, size], { mean: 0, bound: 1 / count });
}
