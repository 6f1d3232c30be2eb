import { conv2d, type Pads } from '../../conv.js';
import { mul } from '../../elementwise.js';
import { constant, type Expr } from '../../expr.js';
import { reshape } from '../../layout.js';
import { averagePool, maxPool } from '../../pooling.js';
import { max, mean } from '../../reduce.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { asImage, asRank, type Window, windowOf } from './windows.js';

/** The gradient of a maximum lays the pixels of each window side by side. */
const MAX_AREA = 1024;

/**
 * Size of the result along one axis, and the padding at its end that lets all windows fit. With `ceil_mode` a last window may hang over,
 * unless it would lie in the padding altogether.
 */
function extentOf(
  size: number,
  { kernel, strides, dilations, pads }: Window,
  axis: 0 | 1,
  ceil: boolean,
): { count: number; after: number } {
  const extent = dilations[axis] * (kernel[axis] - 1) + 1;
  const steps = (size + pads[axis] + pads[axis + 2] - extent) / strides[axis];
  let count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  if (ceil && (count - 1) * strides[axis] >= size + pads[axis]) count--;
  return { count, after: Math.max(pads[axis + 2], (count - 1) * strides[axis] + extent - size - pads[axis]) };
}

/** The window with padding at the end for windows that hang over. */
function fitWindow(n: OnnxNode, x: Expr): { window: Window; image: Expr; stated: Pads } {
  const kernel = n.ints('kernel_shape');
  if (kernel === undefined) throw new RangeError('its attribute "kernel_shape" is missing');
  const window = windowOf(n, x, kernel);
  const image = asImage(x);
  const ceil = n.int('ceil_mode', 0) !== 0;
  const [rows, columns] = ([0, 1] as const).map((axis) => extentOf(image.shape[2 + axis], window, axis, ceil));
  if (rows.count < 1 || columns.count < 1) throw new RangeError(`its window ${window.kernel.join('x')} is larger than the padded input`);
  return { window: { ...window, pads: [window.pads[0], window.pads[1], rows.after, columns.after] }, image, stated: window.pads };
}

/** The gradient goes to the largest pixel of each window, the first in row order on a tie. */
function maxPoolRule(n: OnnxNode): Expr {
  const x = n.expr(0);
  const { window, image } = fitWindow(n, x);
  const area = window.kernel[0] * window.kernel[1];
  if (area > MAX_AREA) throw new RangeError(`a window of ${area} pixels is not supported; up to ${MAX_AREA} are`);
  return asRank(maxPool(image, window), x);
}

/** A convolution with a constant kernel, divided by the number of pixels that count. */
function averagePoolRule(n: OnnxNode): Expr {
  const x = n.expr(0);
  const { window, image, stated } = fitWindow(n, x);
  const { kernel, strides, dilations, pads } = window;
  const [batch, channels, height, width] = image.shape;
  const [k, s] = [kernel, strides];
  const blocks = k[0] === k[1] && s[0] === k[0] && s[1] === k[0] && pads.every((p) => p === 0) && height % k[0] === 0 && width % k[0] === 0;
  if (blocks && dilations.every((d) => d === 1)) return asRank(averagePool(image, k[0]), x);

  n.claim(kernel[0] * kernel[1]);
  const ones = constant({ shape: [1, 1, ...kernel], data: new Float32Array(kernel[0] * kernel[1]).fill(1) });
  const total = conv2d(reshape(image, [batch * channels, 1, height, width]), ones, { stride: strides, dilation: dilations, pads });
  const included = n.int('count_include_pad', 0) !== 0 ? stated : ([0, 0, 0, 0] as const);
  const [, , outHeight, outWidth] = total.shape;
  n.claim(outHeight * outWidth + outHeight * kernel[0] + outWidth * kernel[1]);
  const [rows, columns] = [counts(height, outHeight, window, included, 0), counts(width, outWidth, window, included, 1)];
  const share = Float32Array.from({ length: outHeight * outWidth }, (_, i) => 1 / (rows[Math.floor(i / outWidth)] * columns[i % outWidth]));
  const mean = mul(total, constant({ shape: [outHeight, outWidth], data: share }));
  return asRank(reshape(mean, [batch, channels, outHeight, outWidth]), x);
}

/** How many samples of each window along one axis lie in the input or in the padding that is included. */
function counts(size: number, out: number, { kernel, strides, dilations, pads }: Window, included: Pads, axis: 0 | 1): number[] {
  return Array.from({ length: out }, (_, i) => {
    let count = 0;
    for (let u = 0; u < kernel[axis]; u++) {
      const at = i * strides[axis] + u * dilations[axis] - pads[axis];
      if (at >= -included[axis] && at < size + included[axis + 2]) count++;
    }
    return count;
  });
}

function global(f: (x: Expr, axes: readonly number[], keep: boolean) => Expr): Rule {
  return (n) => {
    const x = n.expr(0);
    const axes = x.shape.map((_, i) => i).slice(2);
    return axes.length === 0 ? x : f(x, axes, true);
  };
}

export const poolings: Readonly<Record<string, Rule>> = {
  MaxPool: maxPoolRule,
  AveragePool: averagePoolRule,
  GlobalAveragePool: global(mean),
  GlobalMaxPool: global(max),
};
