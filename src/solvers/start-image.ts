import { isLinear, type Operator } from '../operators/operator.js';
import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';

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

/** An image and a change of it. */
export function shift(image: Tensor, change: ArrayLike<number>): Tensor {
  return mapTensor(image, (value, i) => value + change[i]);
}
