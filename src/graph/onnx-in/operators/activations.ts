import { greater, less, where } from '../../compare.js';
import * as ops from '../../elementwise.js';
import { constant, type Expr } from '../../expr.js';
import { mapKnown } from '../host.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { isKnown, type Value } from '../values.js';

type Parameters = Readonly<Record<string, number>>;

/** A function of one input with float attributes, given with their defaults. */
function activation(f: (x: Expr, p: Parameters) => Expr, defaults: Parameters = {}): Rule {
  return (n) => f(n.expr(0), Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, n.float(name, value)])));
}

/** x where x <= 0, else 0: keeps exponentials of large arguments, whose gradient would be 0 times infinity, out of a branch not taken. */
function negativePart(x: Expr): Expr {
  return where(greater(x, 0), 0, x);
}

/** alpha (e^{x / scale} - 1) below zero, slope x above. */
function exponentialUnit(x: Expr, alpha: number, scale: number, slope: number): Expr {
  const below = ops.mul(alpha, ops.sub(ops.exp(ops.div(negativePart(x), scale)), 1));
  return where(greater(x, 0), ops.mul(slope, x), below);
}

/** log(1 + e^x); beyond 20 it is x to float32's precision. */
function softplus(x: Expr): Expr {
  const large = greater(x, 20);
  return where(large, x, ops.log(ops.add(1, ops.exp(where(large, 20, x)))));
}

function hardSigmoid(x: Expr, alpha: number, beta: number): Expr {
  return ops.clip(ops.add(ops.mul(alpha, x), beta), 0, 1);
}

function gelu(n: OnnxNode): Expr {
  const x = n.expr(0);
  const form = n.string('approximate', 'none');
  if (form === 'none') return ops.gelu(x);
  if (form !== 'tanh') throw new RangeError(`approximate="${form}" does not exist`);
  const inner = ops.mul(Math.sqrt(2 / Math.PI), ops.add(x, ops.mul(0.044715, ops.mul(x, ops.mul(x, x)))));
  return ops.mul(ops.mul(0.5, x), ops.add(1, ops.tanh(inner)));
}

/** Limits are inputs, known in all but odd cases. No gradient where a limit holds. */
function clip(n: OnnxNode): Value {
  const x = n.value(0);
  if (x.dtype === 'int64' && isKnown(x)) {
    const low = n.has(1) ? n.known(1).data[0] : undefined;
    const high = n.has(2) ? n.known(2).data[0] : undefined;
    return mapKnown(n.claim, 'int64', [x], (v) => {
      const raised = low !== undefined && v < low ? low : v;
      return high !== undefined && raised > high ? high : raised;
    });
  }
  const y = n.expr(0);
  const constantLimits = [1, 2].every((i) => !n.has(i) || isKnown(n.value(i)));
  if (constantLimits) return ops.clip(y, n.has(1) ? n.scalar(1) : -Infinity, n.has(2) ? n.scalar(2) : Infinity);
  const raised = n.has(1) ? ops.maximum(y, n.expr(1)) : y;
  return n.has(2) ? ops.minimum(raised, n.expr(2)) : raised;
}

export const activations: Readonly<Record<string, Rule>> = {
  Relu: activation(ops.relu),
  Sigmoid: activation(ops.sigmoid),
  Tanh: activation(ops.tanh),
  LeakyRelu: activation((x, { alpha }) => where(greater(x, 0), x, ops.mul(alpha, x)), { alpha: 0.01 }),
  ThresholdedRelu: activation((x, { alpha }) => where(greater(x, alpha), x, 0), { alpha: 1 }),
  Elu: activation((x, { alpha }) => exponentialUnit(x, alpha, 1, 1), { alpha: 1 }),
  Celu: activation((x, { alpha }) => exponentialUnit(x, alpha, alpha, 1), { alpha: 1 }),
  Selu: activation((x, { alpha, gamma }) => exponentialUnit(x, alpha * gamma, 1, gamma), {
    alpha: 1.6732632423543772,
    gamma: 1.0507009873554805,
  }),
  Softplus: activation(softplus),
  Softsign: activation((x) => ops.div(x, ops.add(1, ops.abs(x)))),
  HardSigmoid: activation((x, { alpha, beta }) => hardSigmoid(x, alpha, beta), { alpha: 0.2, beta: 0.5 }),
  HardSwish: activation((x) => ops.mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  Mish: activation((x) => ops.mul(x, ops.tanh(softplus(x)))),
  Shrink: activation(
    (x, { bias, lambd }) => where(less(x, -lambd), ops.add(x, bias), where(greater(x, lambd), ops.sub(x, bias), constant(0))),
    { bias: 0, lambd: 0.5 },
  ),
  Gelu: gelu,
  PRelu: (n) => {
    const x = n.expr(0);
    return where(greater(x, 0), x, ops.mul(n.expr(1), x));
  },
  Clip: clip,
};
