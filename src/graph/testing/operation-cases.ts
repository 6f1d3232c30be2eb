import { Random } from '../../tensor/random.js';
import { sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';
import { constantInt, type Expr, input } from '../expr.js';
import { vjp } from '../gradient.js';
import * as ops from '../operations.js';
import { denseToMap } from '../sparse-map.js';

/** An operation on inputs `x0`, `x1`, ... of given shapes. */
export interface OperationCase {
  readonly name: string;
  readonly shapes: number[][];
  readonly f: (...x: Expr[]) => Expr;
  /** Where the inputs are drawn; default standard normal. */
  readonly draw?: (random: Random) => number;
}

const positive = (random: Random): number => 0.3 + 2 * random.uniform();
const indices = constantInt([3], [2, 0, 2]);
const matrix = denseToMap(tensor([3, 5], [1, 0, 2, 0, 0, 0, -1, 0, 0, 0.5, 0, 0, 0, 3, 1]));

/** Every operation of the language, at least once for each branch of its gradient rule. */
export const operationCases: readonly OperationCase[] = [
  { name: 'add, broadcast', shapes: [[2, 3], [3]], f: (a, b) => ops.add(a, b) },
  { name: 'sub, broadcast', shapes: [[3], [2, 3]], f: (a, b) => ops.sub(a, b) },
  {
    name: 'mul, broadcast',
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    f: (a, b) => ops.mul(a, b),
  },
  {
    name: 'div',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    f: (a, b) => ops.div(a, b),
    draw: positive,
  },
  { name: 'minimum', shapes: [[3, 4], [4]], f: ops.minimum },
  { name: 'maximum', shapes: [[3, 4], [4]], f: ops.maximum },
  { name: 'neg', shapes: [[4]], f: ops.neg },
  { name: 'exp', shapes: [[4]], f: ops.exp },
  { name: 'log', shapes: [[4]], f: ops.log, draw: positive },
  { name: 'sqrt', shapes: [[4]], f: ops.sqrt, draw: positive },
  { name: 'reciprocal', shapes: [[4]], f: ops.reciprocal, draw: positive },
  { name: 'abs', shapes: [[6]], f: ops.abs },
  { name: 'sign', shapes: [[6]], f: ops.sign },
  { name: 'floor', shapes: [[6]], f: (x) => ops.mul(x, ops.floor(ops.mul(3, x))) },
  { name: 'round', shapes: [[6]], f: (x) => ops.mul(x, ops.round(ops.mul(3, x))) },
  { name: 'sin', shapes: [[4]], f: ops.sin },
  { name: 'cos', shapes: [[4]], f: ops.cos },
  { name: 'sin, of large angles', shapes: [[9]], f: (x) => ops.sin(ops.mul(30, x)) },
  { name: 'cos, of large angles', shapes: [[9]], f: (x) => ops.cos(ops.mul(30, x)) },
  { name: 'tanh', shapes: [[4]], f: ops.tanh },
  { name: 'sigmoid', shapes: [[4]], f: ops.sigmoid },
  { name: 'relu', shapes: [[6]], f: ops.relu },
  { name: 'erf', shapes: [[6]], f: ops.erf },
  { name: 'silu', shapes: [[6]], f: ops.silu },
  { name: 'gelu', shapes: [[6]], f: ops.gelu },
  { name: 'square', shapes: [[6]], f: ops.square },
  { name: 'power', shapes: [[2, 3], [3]], f: ops.power, draw: positive },
  { name: 'pow', shapes: [[4]], f: (x) => ops.pow(x, 1.7), draw: positive },
  { name: 'clip', shapes: [[8]], f: (x) => ops.clip(x, -0.5, 0.7) },
  { name: 'where', shapes: [[2, 3], [3]], f: (a, b) => ops.where(ops.greater(a, b), ops.mul(a, a), b) },
  {
    name: 'comparisons',
    shapes: [[5], [5]],
    f: (a, b) => ops.add(ops.mul(a, ops.toFloat(ops.less(a, b))), ops.toFloat(ops.greaterEqual(a, b))),
  },
  {
    name: 'lessEqual, equal',
    shapes: [[5], [5]],
    f: (a, b) => ops.add(ops.mul(a, ops.toFloat(ops.lessEqual(a, b))), ops.toFloat(ops.equal(a, b))),
  },
  { name: 'sum', shapes: [[2, 3, 4]], f: (x) => ops.sum(x, [0, -1]) },
  { name: 'sum of all', shapes: [[2, 3]], f: (x) => ops.sum(x) },
  { name: 'mean, kept', shapes: [[2, 3, 4]], f: (x) => ops.mean(x, [1], true) },
  { name: 'sumSquares', shapes: [[2, 3, 4]], f: (x) => ops.sumSquares(x, [2]) },
  { name: 'max', shapes: [[3, 5]], f: (x) => ops.max(x, [1]) },
  {
    name: 'matmul',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    f: ops.matmul,
  },
  {
    name: 'matmul, batched and broadcast',
    shapes: [
      [2, 1, 2, 3],
      [3, 3, 2],
    ],
    f: ops.matmul,
  },
  { name: 'reshape', shapes: [[2, 6]], f: (x) => ops.reshape(x, [3, -1]) },
  { name: 'transpose', shapes: [[2, 3, 4]], f: (x) => ops.transpose(x, [2, 0, 1]) },
  { name: 'broadcastTo', shapes: [[3, 1]], f: (x) => ops.broadcastTo(x, [2, 3, 4]) },
  {
    name: 'concat',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    f: (a, b) => ops.concat([a, b], 1),
  },
  { name: 'slice', shapes: [[4, 5]], f: (x) => ops.slice(x, [1, 0], [3, -1]) },
  { name: 'slice, strided', shapes: [[7, 2]], f: (x) => ops.slice(x, [1], [7], [0], [3]) },
  { name: 'slice, backwards', shapes: [[7]], f: (x) => ops.slice(x, [5], [0], [0], [-2]) },
  { name: 'flip', shapes: [[2, 3]], f: (x) => ops.flip(x, [0, 1]) },
  { name: 'pad', shapes: [[2, 3]], f: (x) => ops.pad(x, [1, 0], [0, 2]) },
  { name: 'reflectPad', shapes: [[3, 4]], f: (x) => ops.reflectPad(x, [2, 1], [1, 3]) },
  { name: 'gather', shapes: [[3, 2]], f: (x) => ops.gather(x, indices) },
  { name: 'gather, inner axis', shapes: [[2, 3, 2]], f: (x) => ops.gather(x, indices, 1) },
  {
    name: 'gather by argmin',
    shapes: [
      [3, 2],
      [4, 3],
    ],
    f: (x, d) => ops.gather(x, ops.argmin(d, 1)),
  },
  {
    name: 'gather by argmin, part by part',
    shapes: [
      [256, 1],
      [3, 256],
    ],
    f: (x, d) => ops.gather(x, ops.argmin(d, 1)),
  },
  {
    name: 'gather by argmax',
    shapes: [
      [3, 2],
      [4, 3],
    ],
    f: (x, d) => ops.gather(x, ops.argmax(d, 1)),
  },
  { name: 'scatterAdd', shapes: [[3, 2]], f: (x) => ops.scatterAdd(indices, x, 4) },
  { name: 'sparseLinear', shapes: [[2, 5]], f: (x) => ops.sparseLinear(x, matrix) },
  { name: 'softmax', shapes: [[2, 4]], f: (x) => ops.softmax(x) },
  { name: 'softmax, outer axis', shapes: [[3, 2]], f: (x) => ops.softmax(x, 0) },
  { name: 'groupNorm', shapes: [[2, 4, 3, 2], [4], [4]], f: (x, w, b) => ops.groupNorm(x, 2, w, b, 1e-5) },
  { name: 'layerNorm', shapes: [[3, 4], [4], [4]], f: (x, w, b) => ops.layerNorm(x, w, b, 1e-5) },
  {
    name: 'attention',
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 2],
    ],
    f: (q, k, v) => ops.attention(q, k, v, 0.5),
  },
  {
    name: 'attention, in blocks',
    shapes: [
      [2, 5, 3],
      [2, 4, 3],
      [2, 4, 2],
    ],
    f: (q, k, v) => ops.attention(q, k, v, 0.5, { rows: 2 }),
  },
  {
    name: 'attention, computed again for the gradient',
    shapes: [
      [5, 3],
      [4, 3],
      [4, 2],
    ],
    f: (q, k, v) => ops.attention(q, k, v, 0.5, { rows: 2, recompute: true }),
  },
  { name: 'after', shapes: [[3], [2, 2]], f: (x, y) => ops.after(ops.mul(x, x), ops.exp(y)) },
  { name: 'withGradient', shapes: [[3]], f: (x) => ops.withGradient(ops.mul(x, x), [x], (g) => [ops.mul(g, ops.mul(x, 2))]) },
  {
    name: 'conv2d',
    shapes: [
      [2, 2, 4, 5],
      [3, 2, 3, 3],
    ],
    f: (x, w) => ops.conv2d(x, w, { pads: 1 }),
  },
  {
    name: 'conv2d, wide, fewer channels out than in',
    shapes: [
      [2, 3, 3, 32],
      [2, 3, 2, 3],
    ],
    f: (x, w) => ops.conv2d(x, w, { pads: [0, 1, 1, 1] }),
  },
  { name: 'conv2d, bias', shapes: [[2, 2, 3, 3], [3, 2, 3, 3], [3]], f: (x, w, bias) => ops.conv2d(x, w, { pads: 1, bias }) },
  {
    name: 'conv2d, asymmetric pads, stride 2',
    shapes: [
      [1, 2, 6, 6],
      [2, 2, 3, 3],
    ],
    f: (x, w) => ops.conv2d(x, w, { stride: 2, pads: [0, 0, 1, 1] }),
  },
  {
    name: 'conv2d, stride 2 that skips a row',
    shapes: [
      [1, 1, 6, 5],
      [2, 1, 3, 3],
    ],
    f: (x, w) => ops.conv2d(x, w, { stride: 2, pads: 0 }),
  },
  {
    name: 'conv2d, groups',
    shapes: [
      [1, 4, 4, 4],
      [6, 2, 3, 3],
    ],
    f: (x, w) => ops.conv2d(x, w, { groups: 2, pads: 1 }),
  },
  {
    name: 'conv2d, dilated, another stride a side',
    shapes: [
      [1, 2, 7, 6],
      [2, 2, 2, 3],
    ],
    f: (x, w) => ops.conv2d(x, w, { stride: [2, 1], dilation: [2, 1], pads: [1, 0, 0, 1] }),
  },
  {
    name: 'conv2d, dilated groups',
    shapes: [
      [1, 4, 5, 5],
      [4, 2, 2, 2],
    ],
    f: (x, w) => ops.conv2d(x, w, { dilation: 2, groups: 2, pads: 1 }),
  },
  {
    name: 'conv2d, 1x1',
    shapes: [
      [2, 3, 2, 2],
      [4, 3, 1, 1],
    ],
    f: (x, w) => ops.conv2d(x, w),
  },
  {
    name: 'convTranspose2d',
    shapes: [
      [1, 2, 3, 3],
      [2, 3, 3, 3],
    ],
    f: (x, w) => ops.convTranspose2d(x, w, { stride: 2, pads: 1, outputPads: [1, 0] }),
  },
  {
    name: 'convTranspose2d, groups',
    shapes: [
      [1, 4, 3, 3],
      [4, 1, 2, 2],
    ],
    f: (x, w) => ops.convTranspose2d(x, w, { groups: 2 }),
  },
  {
    name: 'convTranspose2d, dilated, another stride a side',
    shapes: [
      [1, 2, 3, 3],
      [2, 2, 2, 3],
    ],
    f: (x, w) => ops.convTranspose2d(x, w, { stride: [1, 2], dilation: [2, 1], pads: [0, 1, 1, 0], outputPads: [0, 1] }),
  },
  { name: 'upsampleNearest', shapes: [[1, 2, 2, 3]], f: (x) => ops.upsampleNearest(x, 2) },
  { name: 'averagePool', shapes: [[1, 2, 4, 2]], f: (x) => ops.averagePool(x, 2) },
  {
    name: 'maxPool',
    shapes: [[1, 2, 4, 5]],
    f: (x) => ops.maxPool(x, { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0] }),
  },
  {
    name: 'maxPool, overlapping, padded, dilated',
    shapes: [[1, 1, 6, 5]],
    f: (x) => ops.maxPool(x, { kernel: [3, 2], strides: [2, 1], dilations: [1, 2], pads: [1, 1, 0, 1] }),
  },
];

/** The case as graphs with feeds: its result y and a scalar made of it, nonlinear so that no second derivative is trivially zero. */
export function setUp(c: OperationCase): { inputs: Expr[]; feeds: Record<string, Tensor>; y: Expr; scalar: Expr } {
  const random = new Random(11).fork(c.name);
  const inputs = c.shapes.map((shape, i) => input(`x${i}`, shape));
  const feeds: Record<string, Tensor> = {};
  c.shapes.forEach((shape, i) => {
    feeds[`x${i}`] = tensor(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => (c.draw ? c.draw(random) : random.normal())),
    );
  });
  const y = c.f(...inputs);
  const seed = input('seed', y.shape);
  feeds.seed = random.normals(y.shape);
  const scalar = ops.sum(ops.mul(seed, ops.add(y, ops.mul(0.3, ops.mul(y, y)))));
  return { inputs, feeds, y, scalar };
}

/** Result and input gradients by name, as they are compiled. */
export function valueAndGradients({ inputs, y, scalar }: Pick<ReturnType<typeof setUp>, 'inputs' | 'y' | 'scalar'>): Record<string, Expr> {
  const outputs: Record<string, Expr> = { y };
  vjp(scalar, ops.add(ops.mul(scalar, 0), 1), inputs).forEach((g, i) => {
    outputs[`g${i}`] = g;
  });
  return outputs;
}
