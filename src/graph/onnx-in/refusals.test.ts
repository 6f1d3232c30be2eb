import { create } from '@bufbuild/protobuf';
import { FunctionProtoSchema, TensorProtoSchema, TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../tensor/errors.js';
import { readOnnx } from './read-onnx.js';
import { type FileGraph, type FileNode, fileGraph, fileNode, fileTensor, floats, ints, onnxFile, scalar } from './testing/onnx-file.js';

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await readOnnx(bytes, { name: 'model.onnx' }).then(
    () => new Error('it was read'),
    (e: unknown) => e as Error,
  );
  expect(error, error.stack).toBeInstanceOf(UserError);
  expect(error.message).toMatch(/^model\.onnx.*\.$/);
  return error.message;
}

const image = { x: { shape: [1, 2, 8, 8] } };
const one = (op: string, inputs: string[], attributes: FileNode['attributes'] = {}, rest: Partial<FileNode> = {}): FileNode => ({
  op,
  inputs,
  outputs: ['y'],
  attributes,
  name: 'culprit',
  ...rest,
});

describe('what is not supported is refused by node, operator and operator set, with a remedy', () => {
  const body = { graph: fileGraph({ nodes: [], outputs: [] }) };
  const weights = {
    w: floats([2], [1, 2]),
    sizes: ints(1, 2, 4, 4),
    true: fileTensor(Type.BOOL, [], [1]),
    kernel3: floats([2, 2, 1, 1, 1], [1, 1, 1, 1]),
    row: floats([1, 2, 1], [1, 1]),
    ratio: scalar(0.5),
  };
  const cases: ReadonlyArray<readonly [string, FileNode, RegExp, number?]> = [
    [
      'an operator of ONNX Runtime',
      one('QuickGelu', ['x'], {}, { domain: 'com.microsoft' }),
      /com\.microsoft\.QuickGelu, opset 18.*before ONNX Runtime optimised/,
    ],
    ['an operator of another domain', one('Magic', ['x'], {}, { domain: 'my.own' }), /my\.own\.Magic.*the domain "my\.own"/],
    ['an unknown operator', one('Magic', ['x']), /the operator Magic is not supported/],
    ['a loop', one('Loop', ['', 'true'], { body }), /loops are not supported/],
    ['a scan', one('Scan', ['x'], { body }), /loops are not supported/],
    ['a recurrent layer', one('LSTM', ['x']), /recurrent/],
    ['random numbers', one('RandomNormalLike', ['x']), /make the noise an input/],
    ['quantisation', one('DequantizeLinear', ['x', 'w']), /quantised.*float32/],
    ['the old upsampling', one('Upsample', ['x', 'w']), /Resize.*opset 18/, 11],
    ['cumulated sums', one('CumSum', ['x', 'w']), /no gradient rule/],
    ['a list', one('SplitToSequence', ['x']), /lists/],
    ['cubic upsampling', one('Resize', ['x', '', '', 'sizes'], { mode: 'cubic' }), /mode="cubic".*nearest and linear/],
    [
      'cropping while resizing',
      one('Resize', ['x', '', '', 'sizes'], { coordinate_transformation_mode: 'tf_crop_and_resize' }),
      /tf_crop_and_resize/,
    ],
    ['volumes', one('Conv', ['x3', 'kernel3']), /volumes/],
    ['dropout that drops', one('Dropout', ['x', 'ratio', 'true']), /model\.eval\(\)/],
    ['batch statistics', one('BatchNormalization', ['x', 'w', 'w', 'w', 'w'], { training_mode: 1 }), /model\.eval\(\)/],
    [
      'indices of a maximum',
      { ...one('MaxPool', ['x'], { kernel_shape: [2, 2] }), outputs: ['max', 'y'] },
      /its output "y" is not supported/,
    ],
    ['a condition of the input', one('If', ['x'], { then_branch: body, else_branch: body }), /its condition depends on the model's inputs/],
    ['a shape of the input', one('Reshape', ['x', 'n']), /"n", depends on the model's inputs/],
    ['sums of scattered values', one('ScatterND', ['x', 'index', 'x'], { reduction: 'add' }), /reduction="none"/],
    ['a diagonal', one('Einsum', ['row'], { equation: 'iij->j' }), /diagonal/],
    ['whole numbers that vary', one('Mul', ['n', 'n']), /whole numbers.*known when the model is read/],
    ['a shape that does not fit', one('MatMul', ['row', 'x']), /cannot multiply/],
    ['an attribute of another type', one('LeakyRelu', ['x'], { alpha: 1 }), /"alpha" should be FLOAT, but is INT/],
    ['an attribute that is missing', one('Concat', ['x', 'x']), /"axis" is missing/],
    ['an input that is missing', one('Add', ['x']), /input number 2 is missing/],
  ];

  test.each(cases.map(([what, node, message, opset = 18]) => [what, node, message, opset] as const))(
    '%s',
    async (_, node, message, opset) => {
      const inputs = { ...image, x3: { shape: [1, 2, 3, 3, 3] }, n: { type: Type.INT64, shape: [4] } };
      const text = await refusal(onnxFile({ inputs, weights: { ...weights, index: ints(0) }, nodes: [node], outputs: ['y'] }, opset));
      expect(text).toMatch(message);
      expect(text).toContain(`node "culprit" (`);
      expect(text).toContain(`${node.op}, opset ${opset})`);
    },
  );

  test.each([8, 10, 22])('operator set %i', async (opset) => {
    expect(await refusal(onnxFile({ inputs: image, nodes: [one('Relu', ['x'])], outputs: ['y'] }, opset))).toMatch(
      `version ${opset} of the operators (opset); supported are 11 to 21`,
    );
  });
});

describe('damaged files', () => {
  const good = onnxFile({ inputs: image, nodes: [one('Relu', ['x'])], outputs: ['y'] });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('this is no model at all, but a sentence')],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10)],
    ['half a model', good.slice(0, good.length / 2)],
  ])('%s', async (_, bytes) => {
    expect(await refusal(bytes)).toMatch(/not an ONNX model|no graph|does not say which version/);
  });

  const graphs: ReadonlyArray<readonly [string, FileGraph, RegExp]> = [
    [
      'a circle',
      { nodes: [one('Add', ['x', 'z']), { op: 'Neg', inputs: ['y'], outputs: ['z'] }], outputs: ['y'] },
      /depends on its own result/,
    ],
    ['a value nobody makes', { nodes: [one('Add', ['x', 'z'])], outputs: ['y'] }, /takes "z", which nothing makes/],
    ['an output nobody makes', { nodes: [one('Neg', ['x'])], outputs: ['z'] }, /takes "z", which nothing makes/],
    ['a name twice', { nodes: [one('Neg', ['x']), one('Abs', ['x'])], outputs: ['y'] }, /"y" to two values/],
    ['the name of an input', { nodes: [{ ...one('Neg', ['x']), outputs: ['x'] }], outputs: ['x'] }, /"x" to two values/],
    ['an output twice', { nodes: [one('Neg', ['x'])], outputs: ['y', 'y'] }, /"y" to an output twice/],
  ];
  test.each(graphs)('%s', async (_, graph, message) => {
    expect(await refusal(onnxFile({ inputs: image, ...graph }))).toMatch(message);
  });
});

describe('files that ask for all memory are refused before it is taken', () => {
  const vast = 2 ** 39;
  const chain = (op: (i: number) => FileNode[], count: number): FileNode[] => Array.from({ length: count }, (_, i) => op(i)).flat();
  const doubling = (first: string): FileNode[] =>
    chain(
      (i) => [
        {
          op: 'Concat',
          inputs: i === 0 ? [first, first] : [`v${i - 1}`, `v${i - 1}`],
          outputs: [i === 49 ? 'y' : `v${i}`],
          attributes: { axis: 0 },
        },
      ],
      50,
    );
  const weights = {
    vast: ints(vast),
    vastRows: ints(vast, 4),
    vastSquare: ints(2 ** 22, 2 ** 22),
    large: ints(2 ** 24),
    zero: scalar(0, Type.INT64),
    one: scalar(1, Type.INT64),
    many: scalar(vast, Type.INT64),
    f: floats([1], [1]),
    list: ints(1, 2, 3, 4),
    pads: ints(0, 2 ** 40),
    scale: floats([1], [2 ** 40]),
    none: floats([0], []),
    nothing: ints(0, 4),
    f0: scalar(1),
    endless: scalar(Number.POSITIVE_INFINITY),
  };
  const cases: ReadonlyArray<readonly [string, FileNode[]]> = [
    ['ConstantOfShape', [one('ConstantOfShape', ['vast'])]],
    ['ConstantOfShape of whole numbers', [one('ConstantOfShape', ['vastSquare'], { value: { tensor: ints(1) } })]],
    ['Expand', [one('Expand', ['f', 'vast'])]],
    ['Expand of an input', [one('Expand', ['v', 'vastRows'])]],
    ['Expand of whole numbers', [one('Expand', ['zero', 'vastSquare'])]],
    ['Tile', [one('Tile', ['f', 'vast'])]],
    ['Range', [one('Range', ['zero', 'many', 'one'])]],
    ['Range without end', [one('Range', ['f0', 'endless', 'f0'])]],
    ['Expand to nothing', [one('Expand', ['one4', 'nothing'])]],
    ['Pad', [one('Pad', ['v', 'pads'])]],
    ['Pad by reflection', [one('Pad', ['v', 'pads'], { mode: 'edge' })]],
    ['Resize', [one('Resize', ['v', 'none', 'scale'])]],
    ['Resize by a matrix', [one('Resize', ['v', 'none', 'scale'], { mode: 'linear' })]],
    ['OneHot', [one('OneHot', ['list', 'many', 'w2'])]],
    ['whole numbers doubled again and again', doubling('list')],
    ['floats doubled again and again', doubling('f')],
    ['an input doubled again and again', doubling('v')],
    [
      'many large constants',
      [
        ...chain((i) => [{ op: 'ConstantOfShape', inputs: ['large'], outputs: [`c${i}`] }], 20),
        ...chain((i) => [{ op: 'Add', inputs: [i === 0 ? 'c0' : `s${i - 1}`, `c${i}`], outputs: [i === 19 ? 'y' : `s${i}`] }], 20),
      ],
    ],
  ];

  test.each(cases)('%s', async (_, nodes) => {
    const before = process.memoryUsage().rss;
    const graph = {
      inputs: { v: { shape: [4] }, one4: { shape: [1, 4] } },
      weights: { ...weights, w2: floats([2], [0, 1]) },
      nodes,
      outputs: ['y'],
    };
    expect(await refusal(onnxFile(graph))).toMatch(/elements|too much memory/);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
  });

  test('an input of a terabyte, and weights of a terabyte in a file of bytes', async () => {
    expect(await refusal(onnxFile({ inputs: { x: { shape: [1, vast] } }, nodes: [one('Neg', ['x'])], outputs: ['y'] }))).toMatch(
      /cannot have shape/,
    );
    const w = create(TensorProtoSchema, { dims: [2n ** 30n], dataType: Type.FLOAT, rawData: new Uint8Array(8) });
    expect(await refusal(onnxFile({ weights: { w }, nodes: [one('Neg', ['w'])], outputs: ['y'] }))).toMatch(/holds 8 bytes/);
  });

  test('functions that call themselves, and functions that double again and again', async () => {
    const call = (name: string, input: string, output: string) => fileNode({ op: name, domain: 'f', inputs: [input], outputs: [output] });
    const f = (name: string, node: ReturnType<typeof fileNode>[]) =>
      create(FunctionProtoSchema, { domain: 'f', name, input: ['a'], output: ['b'], node });
    const graph: FileGraph = { inputs: image, nodes: [one('f0', ['x'], {}, { domain: 'f' })], outputs: ['y'] };
    expect(await refusal(onnxFile(graph, 18, [f('f0', [call('f0', 'a', 'b')])]))).toMatch(/nested more than 100 deep/);
    const doubling = Array.from({ length: 40 }, (_, i) =>
      f(
        `f${i}`,
        i === 39 ? [fileNode({ op: 'Neg', inputs: ['a'], outputs: ['b'] })] : [call(`f${i + 1}`, 'a', 'c'), call(`f${i + 1}`, 'c', 'b')],
      ),
    );
    expect(await refusal(onnxFile(graph, 18, doubling))).toMatch(/more than 250000 nodes/);
  });
});
