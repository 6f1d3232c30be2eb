import { isLinear, type Operator } from '../operators/operator.js';
import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import type { Midway } from './solver.js';

/**
 * The image that says nothing, `[1, C, H, W]`: air, -1, where the operator measures something of the image 0 (CT), else grey, 0.
 * @param value in its place
 */
export function startImage(operator: Operator, value?: number): Tensor {
  const start = tensor([1, ...operator.inputShape]);
  const affine = isLinear(operator) && operator.offset.data.some((offset) => offset !== 0);
  start.data.fill(value ?? (affine ? -1 : 0));
  return start;
}

/**
 * Where a course of falling noise levels begins: with the image that says nothing at the first of them, or, where an earlier run is taken
 * up, with its estimate at the level that comes next.
 * @returns the image `[1, C, H, W]`, and the index of the level
 */
export function beginning(operator: Operator, steps: number, from?: Midway): { image: Tensor; first: number } {
  if (from === undefined) return { image: startImage(operator), first: 0 };
  return { image: from.estimate, first: Math.min(steps - 1, Math.max(0, Math.round(from.done * steps))) };
}

/** An image and a change of it. */
export function shift(image: Tensor, change: ArrayLike<number>): Tensor {
  return mapTensor(image, (value, i) => value + change[i]);
}
