import { type TensorProto, TensorProto_DataType as Type } from 'onnx-buf';
import type { Random } from '../../../tensor/random.js';
import { type FileAttribute, type FileInput, fileTensor, floats, ints, scalar } from './onnx-file.js';

/** One node with its settings, in every operator set from `since` to `until`. */
export interface OperatorCase {
  readonly op: string;
  /** What is special about it. */
  readonly about?: string;
  /** A shape is a float input; a tensor a weight; an input of another type is fed whole numbers from 0 to 3; '' is left out. */
  readonly inputs: ReadonlyArray<readonly number[] | TensorProto | FileInput | ''>;
  readonly attributes?: Readonly<Record<string, FileAttribute>>;
  readonly since?: number;
  readonly until?: number;
  /** Names of the outputs; default one. */
  readonly outputs?: Readonly<Record<string, Type>>;
  /** Where the float inputs are drawn; default standard normal. */
  readonly draw?: (random: Random) => number;
}

const positive = (random: Random): number => 0.3 + 2 * random.uniform();
/** Values on a coarse grid: many ties. */
const coarse = (random: Random): number => random.integer(3);

const bool = { y: Type.BOOL };
const whole = { y: Type.INT64 };
const unary = (names: string, draw?: (random: Random) => number): OperatorCase[] =>
  names.split(' ').map((op) => ({ op, inputs: [[2, 3]], draw }));

const elementwise: OperatorCase[] = [
  ...unary('Neg Abs Sign Exp Erf Sin Cos Tan Sinh Cosh Floor Ceil Round Relu Sigmoid Tanh Softplus Softsign Identity'),
  ...unary('Sqrt Log Reciprocal', positive),
  ...['Add', 'Sub', 'Mul', 'Div'].map((op): OperatorCase => ({ op, inputs: [[2, 3], [3]], draw: positive })),
  { op: 'Mul', about: 'constant on the left', inputs: [floats([1], [2]), [2, 3]] },
  { op: 'Pow', about: 'square', inputs: [[2, 3], scalar(2)] },
  { op: 'Pow', about: 'cube, negative base', inputs: [[2, 3], scalar(3)] },
  { op: 'Pow', about: 'constant base', inputs: [scalar(10), [2, 3]] },
  { op: 'Pow', about: 'whole exponent', inputs: [[2, 3], scalar(3, Type.INT64)], since: 12 },
  { op: 'Pow', about: 'both vary', inputs: [[2, 3], [3]], draw: positive },
  { op: 'Pow', about: 'several exponents', inputs: [[2, 3], floats([3], [0.5, 2, -1])], draw: positive },
  { op: 'Mod', about: 'fmod', inputs: [[4], [4]], attributes: { fmod: 1 } },
  { op: 'Min', inputs: [[2, 3], [3], [2, 1]] },
  { op: 'Max', inputs: [[2, 3], [3]] },
  { op: 'Max', about: 'one', inputs: [[2, 3]] },
  { op: 'Sum', inputs: [[2, 3], [3], [1]] },
  { op: 'Mean', inputs: [[2, 3], [3], [1]] },
  { op: 'LeakyRelu', inputs: [[2, 5]] },
  { op: 'LeakyRelu', about: 'alpha', inputs: [[2, 5]], attributes: { alpha: { float: 0.3 } } },
  {
    op: 'PRelu',
    inputs: [
      [2, 3, 2, 2],
      [3, 1, 1],
    ],
  },
  { op: 'PRelu', about: 'one slope', inputs: [[2, 3], [1]] },
  { op: 'Elu', inputs: [[2, 5]], attributes: { alpha: { float: 0.7 } } },
  { op: 'Celu', inputs: [[2, 5]], attributes: { alpha: { float: 0.7 } }, since: 12 },
  { op: 'Selu', inputs: [[2, 5]] },
  { op: 'ThresholdedRelu', inputs: [[2, 5]], attributes: { alpha: { float: 0.4 } } },
  { op: 'Shrink', inputs: [[2, 5]], attributes: { lambd: { float: 0.4 }, bias: { float: 0.2 } } },
  { op: 'HardSigmoid', inputs: [[2, 5]] },
  { op: 'HardSigmoid', about: 'settings', inputs: [[2, 5]], attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.4 } } },
  { op: 'HardSwish', inputs: [[2, 5]], since: 14 },
  { op: 'Mish', inputs: [[2, 5]], since: 18 },
  { op: 'Gelu', inputs: [[2, 5]], since: 20 },
  { op: 'Gelu', about: 'tanh', inputs: [[2, 5]], attributes: { approximate: 'tanh' }, since: 20 },
  { op: 'Clip', inputs: [[2, 5], scalar(-0.5), scalar(0.6)] },
  { op: 'Clip', about: 'above only', inputs: [[2, 5], '', scalar(0.6)] },
  { op: 'Clip', about: 'neither', inputs: [[2, 5]] },
  { op: 'Clip', about: 'limits that vary', inputs: [[2, 5], [], scalar(1)] },
  { op: 'Dropout', inputs: [[2, 5]] },
];

const comparisons: OperatorCase[] = [
  ...['Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual', 'Equal'].map(
    (op): OperatorCase => ({ op, inputs: [[3, 4], [4]], outputs: bool, draw: coarse, since: op.endsWith('OrEqual') ? 12 : undefined }),
  ),
  { op: 'Equal', about: 'whole numbers', inputs: [{ type: Type.INT64, shape: [5] }, ints(0, 1, 2, 3, 0)], outputs: bool },
  ...['And', 'Or', 'Xor'].map(
    (op): OperatorCase => ({ op, inputs: [{ type: Type.BOOL, shape: [2, 3] }, fileTensor(Type.BOOL, [3], [0, 1, 0])], outputs: bool }),
  ),
  { op: 'Not', inputs: [{ type: Type.BOOL, shape: [2, 3] }], outputs: bool },
  { op: 'Where', inputs: [{ type: Type.BOOL, shape: [2, 1] }, [2, 3], [3]] },
  { op: 'Where', about: 'constant condition', inputs: [fileTensor(Type.BOOL, [3], [1, 0, 1]), [2, 3], scalar(-1)] },
  { op: 'Where', about: 'whole numbers', inputs: [{ type: Type.BOOL, shape: [3] }, ints(5, 6, 7), ints(1)], outputs: whole },
  { op: 'Cast', about: 'to whole', inputs: [[2, 3]], attributes: { to: 7 }, outputs: whole },
  { op: 'Cast', about: 'whole to float', inputs: [{ type: Type.INT64, shape: [3] }], attributes: { to: 1 } },
  { op: 'Cast', about: 'int32 to float', inputs: [{ type: Type.INT32, shape: [3] }], attributes: { to: 1 } },
  { op: 'Cast', about: 'to bool', inputs: [[2, 3]], attributes: { to: 9 }, outputs: bool, draw: coarse },
  { op: 'CastLike', inputs: [{ type: Type.INT64, shape: [3] }, scalar(1)], since: 15 },
  { op: 'IsNaN', inputs: [[2, 3]], outputs: bool, since: 13 },
];

const linear: OperatorCase[] = [
  {
    op: 'MatMul',
    inputs: [
      [2, 3],
      [3, 4],
    ],
  },
  {
    op: 'MatMul',
    about: 'batches',
    inputs: [
      [2, 1, 2, 3],
      [4, 3, 2],
    ],
  },
  { op: 'MatMul', about: 'vector on the left', inputs: [[3], [2, 3, 4]] },
  { op: 'MatMul', about: 'vector on the right', inputs: [[2, 4, 3], [3]] },
  { op: 'MatMul', about: 'two vectors', inputs: [[3], [3]] },
  { op: 'Gemm', inputs: [[2, 3], [3, 4], [4]] },
  {
    op: 'Gemm',
    about: 'no bias',
    inputs: [
      [2, 3],
      [3, 4],
    ],
  },
  {
    op: 'Gemm',
    about: 'transposed and scaled',
    inputs: [
      [3, 2],
      [4, 3],
      [2, 1],
    ],
    attributes: { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
  },
  ...(
    [
      ['bhqd,bhkd->bhqk', [1, 2, 3, 4], [1, 2, 5, 4]],
      ['bij,bjk->bik', [2, 3, 4], [2, 4, 2]],
      ['nci,ncj->nij', [1, 3, 4], [1, 3, 2]],
      ['ij->ji', [2, 3]],
      ['ij->i', [2, 3]],
      ['ij,kl->ikjl', [2, 3], [2, 2]],
      ['i,i', [4], [4]],
      ['...ij,...jk->...ik', [2, 3, 4], [2, 4, 2]],
      ['b n d , d e -> b n e', [2, 3, 4], [4, 2]],
      ['ab,bc,cd->ad', [2, 3], [3, 4], [4, 2]],
      ['ijk,ij->ik', [2, 3, 4], [2, 3]],
    ] as Array<[string, ...number[][]]>
  ).map(([equation, ...inputs]): OperatorCase => ({ op: 'Einsum', about: equation, inputs, attributes: { equation }, since: 12 })),
  { op: 'DFT', about: 'complex', inputs: [[2, 5, 3, 2]], attributes: { axis: 1 }, since: 17, until: 19 },
  { op: 'DFT', about: 'inverse', inputs: [[2, 3, 4, 2]], attributes: { axis: 2, inverse: 1 }, since: 17, until: 19 },
  {
    op: 'DFT',
    about: 'one-sided, padded',
    inputs: [[1, 5, 1], scalar(8, Type.INT64)],
    attributes: { axis: 1, onesided: 1 },
    since: 17,
    until: 19,
  },
  { op: 'DFT', about: 'axis as input', inputs: [[1, 6, 2], scalar(4, Type.INT64), scalar(1, Type.INT64)], since: 20 },
];

const normalising: OperatorCase[] = [
  { op: 'BatchNormalization', inputs: [[2, 3, 2, 2], [3], [3], [3], [3]], attributes: { epsilon: { float: 1e-3 } }, draw: positive },
  { op: 'BatchNormalization', about: 'vectors', inputs: [[4, 3], [3], [3], [3], [3]], draw: positive },
  { op: 'InstanceNormalization', inputs: [[2, 3, 4, 2], [3], [3]] },
  { op: 'InstanceNormalization', about: 'signals', inputs: [[1, 2, 6], [2], [2]], attributes: { epsilon: { float: 1e-3 } } },
  { op: 'GroupNormalization', about: 'per group', inputs: [[2, 4, 3, 2], [2], [2]], attributes: { num_groups: 2 }, since: 18, until: 20 },
  { op: 'GroupNormalization', about: 'per channel', inputs: [[2, 4, 3, 2], [4], [4]], attributes: { num_groups: 2 }, since: 21 },
  { op: 'LayerNormalization', inputs: [[2, 3, 4], [4], [4]], since: 17 },
  {
    op: 'LayerNormalization',
    about: 'two axes, no bias',
    inputs: [
      [2, 3, 4],
      [3, 4],
    ],
    attributes: { axis: -2, epsilon: { float: 1e-3 } },
    since: 17,
  },
  { op: 'LpNormalization', inputs: [[2, 3, 4]], attributes: { axis: 1 } },
  { op: 'Softmax', inputs: [[2, 3, 4]] },
  { op: 'Softmax', about: 'inner axis', inputs: [[2, 3, 4]], attributes: { axis: 1 } },
  { op: 'LogSoftmax', inputs: [[2, 3, 4]] },
  { op: 'LogSoftmax', about: 'inner axis', inputs: [[2, 3, 4]], attributes: { axis: 1 } },
];

const reductions: OperatorCase[] = [
  { op: 'ReduceSum', inputs: [[2, 3, 4]], attributes: { axes: [1] }, until: 12 },
  { op: 'ReduceSum', about: 'axes as input', inputs: [[2, 3, 4], ints(0, -1)], attributes: { keepdims: 0 }, since: 13 },
  {
    op: 'ReduceSum',
    about: 'nothing to do',
    inputs: [[2, 3], fileTensor(Type.INT64, [0], [])],
    attributes: { noop_with_empty_axes: 1 },
    since: 13,
  },
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp', 'ReduceProd'].flatMap(
    (op): OperatorCase[] => [
      { op, inputs: [[2, 3, 4]], attributes: { axes: [-1] }, until: 17 },
      { op, about: 'axes as input', inputs: [[2, 3, 4], ints(1)], attributes: { keepdims: 0 }, since: 18 },
      { op, about: 'all axes', inputs: [[2, 3]], attributes: { keepdims: 0 } },
    ],
  ),
  { op: 'ReduceLogSum', inputs: [[2, 3]], draw: positive },
  { op: 'ArgMax', inputs: [[3, 4]], attributes: { axis: 1 }, outputs: whole, draw: coarse },
  { op: 'ArgMax', about: 'of whole numbers', inputs: [{ type: Type.INT64, shape: [2, 4] }], attributes: { axis: 1 }, outputs: whole },
  { op: 'ArgMin', about: 'axis gone', inputs: [[3, 4]], attributes: { axis: 0, keepdims: 0 }, outputs: whole, draw: coarse },
];

export const pointwiseCases: readonly OperatorCase[] = [...elementwise, ...comparisons, ...linear, ...normalising, ...reductions];
