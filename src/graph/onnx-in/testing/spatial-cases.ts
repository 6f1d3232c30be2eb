import { TensorProto_DataType as Type } from 'onnx-buf';
import { fileTensor, floats, ints, scalar } from './onnx-file.js';
import type { OperatorCase } from './operator-cases.js';

const image = [1, 2, 5, 6];
/** Resize takes a region, for a mode that is not supported; before opset 13 it could not be left out. */
const noRegion = floats([0], []);

const convolutions: OperatorCase[] = [
  { op: 'Conv', inputs: [image, [3, 2, 3, 3]] },
  { op: 'Conv', about: 'bias, pads', inputs: [image, [3, 2, 3, 3], [3]], attributes: { pads: [1, 1, 1, 1], kernel_shape: [3, 3] } },
  { op: 'Conv', about: 'uneven strides and pads', inputs: [image, [3, 2, 3, 2]], attributes: { strides: [2, 1], pads: [0, 1, 1, 0] } },
  { op: 'Conv', about: 'dilated', inputs: [image, [2, 2, 2, 2]], attributes: { dilations: [2, 3] } },
  {
    op: 'Conv',
    about: 'groups',
    inputs: [
      [1, 4, 4, 4],
      [6, 2, 3, 3],
    ],
    attributes: { group: 2, pads: [1, 1, 1, 1] },
  },
  {
    op: 'Conv',
    about: 'depthwise, stride 2',
    inputs: [[1, 3, 5, 5], [3, 1, 3, 3], [3]],
    attributes: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  { op: 'Conv', about: 'signals', inputs: [[2, 2, 7], [3, 2, 3], [3]], attributes: { strides: [2], pads: [1, 0] } },
  {
    op: 'Conv',
    about: 'signals, dilated',
    inputs: [
      [1, 2, 7],
      [3, 2, 3],
    ],
    attributes: { dilations: [2], pads: [2, 2] },
  },
  { op: 'Conv', about: 'SAME_UPPER', inputs: [image, [2, 2, 3, 2]], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 1] } },
  { op: 'Conv', about: 'SAME_LOWER', inputs: [image, [2, 2, 2, 3]], attributes: { auto_pad: 'SAME_LOWER', strides: [1, 2] } },
  { op: 'Conv', about: 'VALID', inputs: [image, [2, 2, 3, 3]], attributes: { auto_pad: 'VALID' } },
  { op: 'ConvTranspose', inputs: [image, [2, 3, 3, 3]] },
  {
    op: 'ConvTranspose',
    about: 'upsampling, bias',
    inputs: [image, [2, 3, 4, 4], [3]],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], kernel_shape: [4, 4] },
  },
  {
    op: 'ConvTranspose',
    about: 'output_padding, uneven',
    inputs: [image, [2, 3, 3, 2]],
    attributes: { strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 2] },
  },
  { op: 'ConvTranspose', about: 'groups', inputs: [[1, 4, 3, 3], [4, 2, 3, 3], [4]], attributes: { group: 2, strides: [2, 2] } },
  { op: 'ConvTranspose', about: 'dilated', inputs: [image, [2, 1, 2, 2]], attributes: { dilations: [2, 2] } },
  {
    op: 'ConvTranspose',
    about: 'output_shape',
    inputs: [
      [1, 1, 3, 3],
      [1, 2, 3, 3],
    ],
    attributes: { strides: [2, 2], output_shape: [6, 6] },
  },
  {
    op: 'ConvTranspose',
    about: 'SAME_UPPER',
    inputs: [
      [1, 1, 3, 3],
      [1, 2, 3, 3],
    ],
    attributes: { strides: [2, 2], auto_pad: 'SAME_UPPER' },
  },
  {
    op: 'ConvTranspose',
    about: 'SAME_LOWER',
    inputs: [
      [1, 1, 3, 3],
      [1, 2, 3, 3],
    ],
    attributes: { strides: [2, 2], auto_pad: 'SAME_LOWER' },
  },
  {
    op: 'ConvTranspose',
    about: 'signals',
    inputs: [
      [1, 2, 4],
      [2, 3, 3],
    ],
    attributes: { strides: [2], pads: [1, 0], output_padding: [1] },
  },
];

const poolings: OperatorCase[] = [
  { op: 'MaxPool', inputs: [image], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  {
    op: 'MaxPool',
    about: 'overlapping, padded',
    inputs: [image],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  { op: 'MaxPool', about: 'dilated', inputs: [image], attributes: { kernel_shape: [2, 2], dilations: [2, 3] } },
  { op: 'MaxPool', about: 'ceil_mode', inputs: [image], attributes: { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 } },
  { op: 'MaxPool', about: 'SAME_UPPER', inputs: [image], attributes: { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  { op: 'MaxPool', about: 'signals', inputs: [[1, 2, 7]], attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] } },
  { op: 'AveragePool', inputs: [[1, 2, 4, 6]], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  { op: 'AveragePool', about: 'padded', inputs: [image], attributes: { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1] } },
  {
    op: 'AveragePool',
    about: 'padding included',
    inputs: [image],
    attributes: { kernel_shape: [3, 2], pads: [1, 0, 1, 1], count_include_pad: 1 },
  },
  {
    op: 'AveragePool',
    about: 'ceil_mode',
    inputs: [image],
    attributes: { kernel_shape: [2, 4], strides: [2, 3], ceil_mode: 1 },
    since: 19,
  },
  { op: 'AveragePool', about: 'dilated', inputs: [image], attributes: { kernel_shape: [2, 2], dilations: [2, 2] }, since: 19 },
  { op: 'AveragePool', about: 'signals', inputs: [[1, 2, 6]], attributes: { kernel_shape: [2], strides: [2] } },
  { op: 'GlobalAveragePool', inputs: [[2, 3, 3, 2]] },
  { op: 'GlobalMaxPool', inputs: [[2, 3, 3, 2]] },
];

const resizing: OperatorCase[] = [
  {
    op: 'Resize',
    about: 'nearest x2, PyTorch',
    inputs: [image, noRegion, floats([4], [1, 1, 2, 2])],
    attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  },
  {
    op: 'Resize',
    about: 'nearest, another factor a side',
    inputs: [image, noRegion, floats([4], [1, 1, 3, 2])],
    attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  },
  {
    op: 'Resize',
    about: 'nearest, sizes',
    inputs: [image, '', '', ints(1, 2, 7, 4)],
    attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    since: 13,
  },
  {
    op: 'Resize',
    about: 'nearest, halved',
    inputs: [[1, 2, 4, 6], noRegion, floats([4], [1, 1, 0.5, 0.5])],
    attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  },
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map(
    (nearest_mode): OperatorCase => ({
      op: 'Resize',
      about: nearest_mode,
      inputs: [image, noRegion, floats([4], [1, 1, 1.7, 0.6])],
      attributes: { nearest_mode },
    }),
  ),
  {
    op: 'Resize',
    about: 'tf nearest',
    inputs: [image, noRegion, noRegion, ints(1, 2, 10, 12)],
    attributes: { coordinate_transformation_mode: 'tf_half_pixel_for_nn', nearest_mode: 'floor' },
    until: 12,
  },
  ...['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].flatMap((coordinate_transformation_mode): OperatorCase[] => [
    {
      op: 'Resize',
      about: `linear, ${coordinate_transformation_mode}`,
      inputs: [image, noRegion, floats([4], [1, 1, 2, 1.5])],
      attributes: { mode: 'linear', coordinate_transformation_mode },
    },
    {
      op: 'Resize',
      about: `linear, ${coordinate_transformation_mode}, smaller`,
      inputs: [image, '', '', ints(1, 2, 1, 4)],
      attributes: { mode: 'linear', coordinate_transformation_mode },
      since: 13,
    },
  ]),
  { op: 'Resize', about: 'some axes', inputs: [image, '', '', ints(3, 9)], attributes: { mode: 'linear', axes: [2, 3] }, since: 18 },
  {
    op: 'Resize',
    about: 'half_pixel_symmetric',
    inputs: [image, noRegion, floats([2], [1.3, 0.7])],
    attributes: { mode: 'linear', axes: [2, 3], coordinate_transformation_mode: 'half_pixel_symmetric' },
    since: 19,
  },
  {
    op: 'Resize',
    about: 'antialias',
    inputs: [[1, 1, 9, 12], '', '', ints(1, 1, 4, 5)],
    attributes: { mode: 'linear', antialias: 1, coordinate_transformation_mode: 'pytorch_half_pixel' },
    since: 18,
  },
  {
    op: 'Resize',
    about: 'antialias, outside left out',
    inputs: [[1, 1, 9, 12], '', '', ints(1, 1, 4, 5)],
    attributes: { mode: 'linear', antialias: 1, exclude_outside: 1, coordinate_transformation_mode: 'pytorch_half_pixel' },
    since: 18,
  },
];

const padding: OperatorCase[] = [
  { op: 'Pad', inputs: [[2, 3], ints(1, 0, 0, 2)] },
  { op: 'Pad', about: 'a value', inputs: [[2, 3], ints(1, 0, 0, 2), scalar(0.7)] },
  { op: 'Pad', about: 'one axis, a value', inputs: [[2, 2, 3], ints(0, 1, 0, 0, 0, 0), scalar(-3)] },
  { op: 'Pad', about: 'reflect', inputs: [[3, 4], ints(2, 1, 1, 3)], attributes: { mode: 'reflect' } },
  { op: 'Pad', about: 'edge', inputs: [[3, 4], ints(2, 0, 1, 3)], attributes: { mode: 'edge' } },
  { op: 'Pad', about: 'wrap', inputs: [[3, 4], ints(2, 0, 1, 3)], attributes: { mode: 'wrap' }, since: 19 },
  { op: 'Pad', about: 'cropping', inputs: [[3, 4], ints(-1, 0, 0, -2)] },
  { op: 'Pad', about: 'some axes', inputs: [[2, 3, 4], ints(1, 2), '', ints(-1)], since: 18 },
];

const shaping: OperatorCase[] = [
  { op: 'Reshape', inputs: [[2, 6], ints(3, -1)] },
  { op: 'Reshape', about: '0 copies', inputs: [[2, 6], ints(0, 2, 3)] },
  { op: 'Flatten', inputs: [[2, 3, 4]] },
  { op: 'Flatten', about: 'axis 0', inputs: [[2, 3]], attributes: { axis: 0 } },
  { op: 'Flatten', about: 'from the back', inputs: [[2, 3, 4]], attributes: { axis: -1 } },
  { op: 'Squeeze', inputs: [[1, 3, 1]] },
  { op: 'Squeeze', about: 'axes as attribute', inputs: [[1, 3, 1]], attributes: { axes: [0] }, until: 12 },
  { op: 'Squeeze', about: 'axes as input', inputs: [[1, 3, 1], ints(-1)], since: 13 },
  { op: 'Unsqueeze', about: 'axes as attribute', inputs: [[2, 3]], attributes: { axes: [0, 2] }, until: 12 },
  { op: 'Unsqueeze', about: 'axes as input', inputs: [[2, 3], ints(1, -1)], since: 13 },
  { op: 'Transpose', inputs: [[2, 3, 4]] },
  { op: 'Transpose', about: 'permutation', inputs: [[2, 3, 4]], attributes: { perm: [1, 2, 0] } },
  { op: 'Concat', inputs: [[2, 3], [2, 1], floats([2, 1], [5, 6])], attributes: { axis: -1 } },
  { op: 'Split', about: 'halves', inputs: [[4, 2]], outputs: { y: Type.FLOAT, z: Type.FLOAT }, until: 17 },
  {
    op: 'Split',
    about: 'sizes as attribute',
    inputs: [[2, 5]],
    attributes: { axis: 1, split: [2, 3] },
    outputs: { y: Type.FLOAT, z: Type.FLOAT },
    until: 12,
  },
  {
    op: 'Split',
    about: 'sizes as input',
    inputs: [[2, 5], ints(1, 4)],
    attributes: { axis: -1 },
    outputs: { y: Type.FLOAT, z: Type.FLOAT },
    since: 13,
  },
  {
    op: 'Split',
    about: 'num_outputs, uneven',
    inputs: [[5]],
    attributes: { num_outputs: 2 },
    outputs: { y: Type.FLOAT, z: Type.FLOAT },
    since: 18,
  },
  { op: 'Expand', inputs: [[3, 1], ints(2, 1, 4)] },
  { op: 'Tile', inputs: [[2, 3], ints(2, 3)] },
  { op: 'DepthToSpace', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2 } },
  { op: 'DepthToSpace', about: 'PixelShuffle', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2, mode: 'CRD' } },
  { op: 'SpaceToDepth', inputs: [[1, 2, 4, 6]], attributes: { blocksize: 2 } },
  { op: 'Trilu', inputs: [[2, 3, 4]], since: 14 },
  { op: 'Trilu', about: 'lower, moved', inputs: [[3, 4], scalar(1, Type.INT64)], attributes: { upper: 0 }, since: 14 },
];

const indexing: OperatorCase[] = [
  { op: 'Slice', inputs: [[4, 5], ints(1, 0), ints(3, -1)] },
  { op: 'Slice', about: 'axes and steps', inputs: [[4, 5], ints(4, -1), ints(0, -100), ints(1, 0), ints(-2, -1)] },
  { op: 'Slice', about: 'open end', inputs: [[4, 5], ints(2), ints(2 ** 31 - 1), ints(1)] },
  { op: 'Gather', inputs: [[3, 4], ints(2, 0, 2)] },
  { op: 'Gather', about: 'one, from the back', inputs: [[3, 4], scalar(-1, Type.INT64)], attributes: { axis: 1 } },
  { op: 'Gather', about: 'evenly spaced', inputs: [[5, 2], ints(0, 2, 4)] },
  { op: 'Gather', about: 'indices that vary', inputs: [[4, 2], { type: Type.INT64, shape: [2, 3] }] },
  { op: 'Gather', about: 'a matrix of indices', inputs: [[3, 2], fileTensor(Type.INT32, [2, 2], [0, 2, 1, 1])], attributes: { axis: 0 } },
  { op: 'GatherElements', inputs: [[2, 3], fileTensor(Type.INT64, [2, 2], [0, -1, 2, 2])], attributes: { axis: 1 } },
  { op: 'GatherND', inputs: [[2, 3, 2], fileTensor(Type.INT64, [2, 2], [0, 1, 1, -1])] },
  { op: 'ScatterND', inputs: [[4, 2], fileTensor(Type.INT64, [2, 1], [2, 0]), [2, 2]] },
  { op: 'ScatterElements', inputs: [[2, 3], fileTensor(Type.INT64, [1, 2], [2, 0]), [1, 2]], attributes: { axis: 1 } },
  { op: 'OneHot', inputs: [{ type: Type.INT64, shape: [2, 3] }, scalar(4, Type.INT64), floats([2], [-1, 2])] },
  { op: 'OneHot', about: 'axis', inputs: [{ type: Type.INT64, shape: [3] }, ints(5), floats([2], [0, 1])], attributes: { axis: 0 } },
];

const creating: OperatorCase[] = [
  { op: 'Shape', inputs: [[2, 3, 4]], outputs: { y: Type.INT64 } },
  { op: 'Shape', about: 'part', inputs: [[2, 3, 4]], attributes: { start: -2, end: 3 }, outputs: { y: Type.INT64 }, since: 15 },
  { op: 'Size', inputs: [[2, 3, 4]], outputs: { y: Type.INT64 } },
  { op: 'Constant', inputs: [], attributes: { value: { tensor: floats([2], [1, 2]) } } },
  { op: 'Constant', about: 'float', inputs: [], attributes: { value_float: { float: 2.5 } }, since: 12 },
  { op: 'Constant', about: 'whole numbers', inputs: [], attributes: { value_ints: [3, 4] }, outputs: { y: Type.INT64 }, since: 12 },
  { op: 'ConstantOfShape', inputs: [ints(2, 3)], attributes: { value: { tensor: floats([1], [0.5]) } } },
  { op: 'Range', inputs: [scalar(1, Type.INT64), scalar(8, Type.INT64), scalar(3, Type.INT64)], outputs: { y: Type.INT64 } },
  { op: 'Range', about: 'floats, backwards', inputs: [scalar(1), scalar(0), scalar(-0.25)] },
];

export const spatialCases: readonly OperatorCase[] = [
  ...convolutions,
  ...poolings,
  ...resizing,
  ...padding,
  ...shaping,
  ...indexing,
  ...creating,
];
