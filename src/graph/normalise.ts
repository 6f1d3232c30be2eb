import { greater, toFloat } from './compare.js';
import { withGradient } from './custom-gradient.js';
import { add, div, mul, relu, sqrt, square, sub } from './elementwise.js';
import { axisOf, type Expr, node, type Op } from './expr.js';
import { reshape } from './layout.js';
import { mean, sum } from './reduce.js';
import { stridesOf } from './strides.js';

const softmaxOp: Op<{ axis: number }> = {
  name: 'softmax',
  // y_i = e^{x_i} / sum e^{x_k}: dx = y (g - <g, y>)
  gradient: (n, g) => [mul(n, sub(g, sum(mul(g, n), [n.attrs.axis], true)))],
  evaluate(n, [x]) {
    const stride = stridesOf(x.shape)[n.attrs.axis];
    const size = x.shape[n.attrs.axis];
    const out = new Float64Array(x.data.length);
    for (let i = 0; i < x.data.length; i++) {
      if (Math.floor(i / stride) % size !== 0) continue;
      let largest = -Infinity;
      for (let k = 0; k < size; k++) largest = Math.max(largest, x.data[i + k * stride]);
      let total = 0;
      for (let k = 0; k < size; k++) total += out[i + k * stride] = Math.exp(x.data[i + k * stride] - largest);
      for (let k = 0; k < size; k++) out[i + k * stride] /= total;
    }
    return out;
  },
  onnx: (n, inputs, emit) => emit.op('Softmax', inputs, { axis: n.attrs.axis }),
};

/** exp(x) normalised to sum 1 along an axis. */
export function softmax(x: Expr, axis = -1): Expr {
  return node(softmaxOp, [x], { axis: axisOf(axis, x.shape.length) }, x.shape);
}

/**
 * Group normalisation (Wu and He 2018) of `[N, C, ...]` with weight and bias `[C]`, as two reductions per group and one
 * multiply-add per channel, y = a x + b.
 *
 * Its gradient is of the same form. With g the gradient of y, r = 1 / deviation, M values in a group, S = sum g and
 * T = sum g (x - mean) for each channel: dbias = S, dweight = r T, and dx = a g + p x + q, where p = -r^3 / M sum(w T) and
 * q = -r / M sum(w S) - p mean, sums over the channels of the group.
 */
export function groupNorm(x: Expr, groups: number, weight: Expr, bias: Expr, eps: number): Expr {
  const [batch, channels] = x.shape;
  if (channels % groups !== 0) throw new RangeError(`groupNorm: ${channels} channels do not divide into ${groups} groups`);
  const size = x.shape.slice(2).reduce((a, n) => a * n, 1);
  const count = (channels / groups) * size;
  const grouped = reshape(x, [batch, groups, count]);
  const flat = reshape(x, [batch, channels, size]);
  const perChannel = (e: Expr): Expr => reshape(e, [batch, channels, 1]);

  const centre = mean(grouped, [2], true); // [N, G, 1]
  const power = mean(mul(grouped, grouped), [2], true);
  // E[x^2] - E[x]^2 can round below zero where a group is nearly constant
  const variance = relu(sub(power, mul(centre, centre)));
  const scale = div(1, sqrt(add(variance, eps)));
  const w = reshape(weight, [1, groups, channels / groups]);
  const a = mul(scale, w); // [N, G, C / G]
  const b = sub(reshape(bias, [1, groups, channels / groups]), mul(centre, a));
  const y = reshape(add(mul(flat, perChannel(a)), perChannel(b)), x.shape);

  return withGradient(y, [x, weight, bias], (g) => {
    const gFlat = reshape(g, flat.shape);
    const inGroups = (e: Expr): Expr => reshape(e, a.shape);
    const s = inGroups(sum(gFlat, [2]));
    const t = sub(inGroups(sum(mul(gFlat, flat), [2])), mul(centre, s));
    const varies = toFloat(greater(variance, 0));
    const p = mul(mul(varies, mul(mul(scale, square(scale)), -1 / count)), sum(mul(w, t), [2], true)); // [N, G, 1]
    const q = sub(mul(mul(scale, -1 / count), sum(mul(w, s), [2], true)), mul(p, centre));
    const ofX = reshape(add(mul(grouped, p), q), flat.shape);
    return [
      reshape(add(ofX, mul(gFlat, perChannel(a))), x.shape),
      reshape(sum(mul(scale, t), [0]), weight.shape),
      reshape(sum(s, [0]), bias.shape),
    ];
  });
}

/** Layer normalisation (Ba et al. 2016) over the last axis. */
export function layerNorm(x: Expr, weight: Expr, bias: Expr, eps: number): Expr {
  const centred = sub(x, mean(x, [-1], true));
  const variance = mean(mul(centred, centred), [-1], true);
  return add(mul(div(centred, sqrt(add(variance, eps))), weight), bias);
}
