import { formatShape, sizeOf, type Tensor } from '../tensor/tensor.js';

/**
 * The measurement residual `||A x - y||^2 / m`, in the measurement's unit squared: stands beside sigma^2.
 * @throws RangeError when the two differ in size.
 */
export function residual(predicted: Tensor, y: Tensor): number {
  const m = sizeOf(y.shape);
  if (predicted.data.length !== m) throw new RangeError(`residual of ${formatShape(predicted.shape)} against ${formatShape(y.shape)}`);
  let sum = 0;
  for (let i = 0; i < m; i++) sum += (predicted.data[i] - y.data[i]) ** 2;
  return sum / m;
}
