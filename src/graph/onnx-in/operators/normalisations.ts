import { formatShape } from '../../../tensor/tensor.js';
import { add, div, mul, reciprocal, sqrt, sub } from '../../elementwise.js';
import { axisOf, type Expr } from '../../expr.js';
import { broadcastTo, reshape } from '../../layout.js';
import { groupNorm } from '../../normalise.js';
import { mean } from '../../reduce.js';
import type { OnnxNode, Rule } from '../onnx-node.js';

/** Numbers per channel `[C]` in the shape that broadcasts over `[N, C, ...]`. */
export function perChannel(values: Expr, x: Expr): Expr {
  if (values.shape.length !== 1 || values.shape[0] !== x.shape[1])
    throw new RangeError(`${formatShape(values.shape)} does not hold one number for each of the channels of ${formatShape(x.shape)}`);
  return reshape(values, [values.shape[0], ...x.shape.slice(2).map(() => 1)]);
}

/** With the statistics of training as constants it is one multiply-add. */
function batchNormalization(n: OnnxNode): Expr {
  if (n.int('training_mode', 0) !== 0)
    throw new RangeError('training_mode is not supported: export the model in evaluation mode, model.eval() in PyTorch');
  const [x, scale, bias, centre, variance] = [0, 1, 2, 3, 4].map((i) => n.expr(i));
  const a = div(scale, sqrt(add(variance, n.float('epsilon', 1e-5))));
  return add(mul(x, perChannel(a, x)), perChannel(sub(bias, mul(centre, a)), x));
}

function instanceNormalization(n: OnnxNode): Expr {
  const x = n.expr(0);
  return groupNorm(x, x.shape[1], n.expr(1), n.expr(2), n.float('epsilon', 1e-5));
}

/** Scale and bias were given per group in opset 18, and are per channel since 21. */
function groupNormalization(n: OnnxNode): Expr {
  const x = n.expr(0);
  const groups = n.int('num_groups');
  const channels = x.shape[1];
  const own = (values: Expr): Expr =>
    n.opset >= 21 ? values : reshape(broadcastTo(reshape(values, [groups, 1]), [groups, channels / groups]), [channels]);
  if (channels % groups !== 0) throw new RangeError(`${channels} channels do not divide into ${groups} groups`);
  return groupNorm(x, groups, own(n.expr(1)), own(n.expr(2)), n.float('epsilon', 1e-5));
}

/** Over all axes from `axis` on; also gives the means and the inverse deviations. */
function layerNormalization(n: OnnxNode): Expr[] {
  const x = n.expr(0);
  const first = axisOf(n.int('axis', -1), x.shape.length);
  const axes = x.shape.flatMap((_, i) => (i >= first ? [i] : []));
  const centre = mean(x, axes, true);
  const centred = sub(x, centre);
  const inverse = reciprocal(sqrt(add(mean(mul(centred, centred), axes, true), n.float('epsilon', 1e-5))));
  const scaled = mul(mul(centred, inverse), n.expr(1));
  return [n.has(2) ? add(scaled, n.expr(2)) : scaled, centre, inverse];
}

/** Divided by the Euclidean norm along one axis. */
function lpNormalization(n: OnnxNode): Expr {
  const x = n.expr(0);
  if (n.int('p', 2) !== 2) throw new RangeError('only p=2 is supported');
  const axis = axisOf(n.int('axis', -1), x.shape.length);
  return div(x, sqrt(mul(mean(mul(x, x), [axis], true), x.shape[axis])));
}

export const normalisations: Readonly<Record<string, Rule>> = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
};
