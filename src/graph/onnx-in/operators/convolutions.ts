import { formatShape } from '../../../tensor/tensor.js';
import { conv2d, convTranspose2d, type Pads, type Pair } from '../../conv.js';
import { add } from '../../elementwise.js';
import type { Expr } from '../../expr.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { perChannel } from './normalisations.js';
import { asImage, asRank, shares, windowOf } from './windows.js';

function conv(n: OnnxNode): Expr {
  const [x, w] = [n.expr(0), n.expr(1)];
  const { strides, dilations, pads } = windowOf(n, x, kernelOf(n, w));
  const options = { stride: strides, dilation: dilations, pads, groups: groupsOf(n), bias: n.has(2) ? n.expr(2) : undefined };
  return asRank(conv2d(asImage(x), asImage(w), options), x);
}

/**
 * The transpose of a convolution. `output_shape` decides about the pads: what exceeds it is cut off on both sides, the odd one
 * at the end when auto_pad is SAME_UPPER, else at the start.
 */
function convTranspose(n: OnnxNode): Expr {
  const [x, w] = [n.expr(0), n.expr(1)];
  const { strides, dilations, pads } = windowOf(n, x, kernelOf(n, w));
  const [image, weight] = [asImage(x), asImage(w)];
  const outputPads = onImage(n.ints('output_padding'), 0) ?? [0, 0];
  if (outputPads.some((p, i) => p < 0 || (p > 0 && p >= strides[i])))
    throw new RangeError(`output_padding [${outputPads}] is not below the strides [${strides}]`);
  const auto = n.string('auto_pad', 'NOTSET');
  const same: Pair = [image.shape[2] * strides[0], image.shape[3] * strides[1]];
  const wanted = onImage(n.ints('output_shape')?.slice(2 - x.shape.length), 1) ?? (auto.startsWith('SAME') ? same : undefined);
  const full = ([0, 1] as const).map(
    (i) => strides[i] * (image.shape[2 + i] - 1) + outputPads[i] + dilations[i] * (weight.shape[2 + i] - 1) + 1,
  );
  const settled = wanted === undefined ? pads : cutsFor(full, wanted, auto === 'SAME_UPPER');
  const y = convTranspose2d(image, weight, { stride: strides, dilation: dilations, pads: settled, groups: groupsOf(n), outputPads });
  return asRank(n.has(2) ? add(y, perChannel(n.expr(2), y)) : y, x);
}

/** Numbers for the one or two spatial axes as numbers for rows and columns. */
function onImage(list: readonly number[] | undefined, row: number): Pair | undefined {
  if (list === undefined) return undefined;
  return list.length === 1 ? [row, list[0]] : [list[0], list[1]];
}

/** Pads that cut the full result down to the shape wanted. */
function cutsFor(full: readonly number[], wanted: Pair, upper: boolean): Pads {
  const totals = full.map((size, i) => size - wanted[i]);
  if (totals.some((t) => t < 0))
    throw new RangeError(`the output shape [${wanted}] is larger than [${full}], which the transposed convolution gives`);
  const [before, after] = [shares(totals, upper, 0), shares(totals, upper, 1)];
  return [before[0], before[1], after[0], after[1]];
}

function kernelOf(n: OnnxNode, w: Expr): readonly number[] {
  const kernel = w.shape.slice(2);
  const stated = n.ints('kernel_shape');
  if (stated !== undefined && stated.join() !== kernel.join())
    throw new RangeError(`its kernel_shape [${stated}] is not that of its weight ${formatShape(w.shape)}`);
  return kernel;
}

function groupsOf(n: OnnxNode): number {
  const groups = n.int('group', 1);
  if (groups < 1) throw new RangeError(`${groups} is no number of groups`);
  return groups;
}

export const convolutions: Readonly<Record<string, Rule>> = { Conv: conv, ConvTranspose: convTranspose };
