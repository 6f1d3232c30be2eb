import { formatShape } from '../../../tensor/tensor.js';
import type { Pads, Pair } from '../../conv.js';
import type { Expr } from '../../expr.js';
import { reshape } from '../../layout.js';
import type { OnnxNode } from '../onnx-node.js';

/** How a kernel moves over an image. Signals `[N, C, L]` are images of one row. */
export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

/** The spatial attributes of a convolution or pooling over an input of one or two spatial axes. */
export function windowOf(n: OnnxNode, x: Expr, kernel: readonly number[]): Window {
  const rank = x.shape.length - 2;
  if (rank !== 1 && rank !== 2)
    throw new RangeError(`it takes signals [N, C, L] or images [N, C, H, W], got ${formatShape(x.shape)}; volumes are not supported`);
  const positive = (name: string): number[] => {
    const list = n.ints(name) ?? new Array<number>(rank).fill(1);
    if (list.length !== rank || list.some((v) => v < 1)) throw new RangeError(`its ${name} [${list}] do not fit ${rank} axes`);
    return list;
  };
  if (kernel.length !== rank || kernel.some((k) => k < 1))
    throw new RangeError(`its kernel [${kernel}] does not fit ${formatShape(x.shape)}`);
  const [strides, dilations] = [positive('strides'), positive('dilations')];
  const pads = padsOf(n, x.shape.slice(2), kernel, strides, dilations);
  const pair = (list: readonly number[]): Pair => (rank === 1 ? [1, list[0]] : [list[0], list[1]]);
  return {
    kernel: pair(kernel),
    strides: pair(strides),
    dilations: pair(dilations),
    pads: rank === 1 ? [0, pads[0], 0, pads[1]] : [pads[0], pads[1], pads[2], pads[3]],
  };
}

/** Explicit pads, or those that make the output as large as the input divided by the stride. */
function padsOf(
  n: OnnxNode,
  sizes: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): number[] {
  const auto = n.string('auto_pad', 'NOTSET');
  if (auto === 'NOTSET' || auto === '') {
    const pads = n.ints('pads') ?? new Array<number>(2 * sizes.length).fill(0);
    if (pads.length !== 2 * sizes.length || pads.some((p) => p < 0))
      throw new RangeError(`its pads [${pads}] do not fit ${sizes.length} axes`);
    return pads;
  }
  if (auto === 'VALID') return new Array<number>(2 * sizes.length).fill(0);
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') throw new RangeError(`auto_pad="${auto}" does not exist`);
  const totals = sizes.map((size, i) =>
    Math.max(0, (Math.ceil(size / strides[i]) - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1 - size),
  );
  return [...shares(totals, auto === 'SAME_UPPER', 0), ...shares(totals, auto === 'SAME_UPPER', 1)];
}

/** Half of each total before (0) or after (1); what is odd goes after when `upper`, else before. */
export function shares(totals: readonly number[], upper: boolean, side: 0 | 1): number[] {
  return totals.map((total) => (upper === (side === 1) ? Math.ceil(total / 2) : Math.floor(total / 2)));
}

/** `[N, C, L]` as `[N, C, 1, L]`; images stay. */
export function asImage(x: Expr): Expr {
  return x.shape.length === 3 ? reshape(x, [x.shape[0], x.shape[1], 1, x.shape[2]]) : x;
}

/** Back to as many axes as `like` has. */
export function asRank(y: Expr, like: Expr): Expr {
  return like.shape.length === 3 ? reshape(y, [y.shape[0], y.shape[1], y.shape[3]]) : y;
}
