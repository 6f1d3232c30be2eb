import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  FunctionProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorProto_DataType as Type,
} from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../tensor/errors.js';
import { evaluate } from '../evaluate.js';
import { graphSize } from '../onnx-out.js';
import { type ReadOnnxOptions, readOnnx } from './read-onnx.js';
import { type FileGraph, type FileNode, fileGraph, fileNode, fileTensor, floats, ints, onnxFile, scalar } from './testing/onnx-file.js';

const node = (op: string, inputs: string[], output: string, attributes?: FileNode['attributes']): FileNode => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});
const read = (graph: FileGraph, options?: ReadOnnxOptions, opset?: number) => readOnnx(onnxFile(graph, opset), options);
const x = { x: { shape: ['n', 2, 'h', 'w'] } };

/** The message of the UserError that reading gives. */
async function refusal(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => new Error('it was read'),
    (e: unknown) => e as Error,
  );
  expect(error, error.stack).toBeInstanceOf(UserError);
  expect(error.message).not.toContain('\n');
  return error.message;
}

describe('what is computed from shapes', () => {
  test('becomes constants: a flattening by Shape, Gather, Concat and Reshape is one reshape', async () => {
    const { inputs, outputs } = await read(
      {
        inputs: x,
        weights: { zero: scalar(0, Type.INT64), two: scalar(2, Type.INT64), three: scalar(3, Type.INT64), first: ints(0), rest: ints(-1) },
        nodes: [
          node('Shape', ['x'], 's'),
          node('Gather', ['s', 'zero'], 'n'),
          node('Gather', ['s', 'two'], 'h'),
          node('Gather', ['s', 'three'], 'w'),
          node('Mul', ['h', 'w'], 'pixels'),
          node('Unsqueeze', ['n', 'first'], 'n1'),
          node('Unsqueeze', ['pixels', 'first'], 'pixels1'),
          node('Concat', ['n1', 'rest', 'pixels1'], 'target', { axis: 0 }),
          node('Reshape', ['x', 'target'], 'y'),
        ],
        outputs: ['y'],
      },
      { shapes: { x: [3, 2, 4, 5] } },
    );
    expect(inputs).toMatchObject([{ name: 'x', shape: [3, 2, 4, 5], dtype: 'float32' }]);
    expect(outputs.y.shape).toEqual([3, 2, 20]);
    expect(graphSize(outputs)).toEqual({ operations: 1, constants: 0 });
  });

  test('also through floats, as sizes of an upsampling by a factor are', async () => {
    const { outputs } = await read(
      {
        inputs: x,
        weights: { scale: floats([4], [1, 1, 2, 1.5]), none: floats([0], []) },
        nodes: [
          node('Shape', ['x'], 's'),
          node('Cast', ['s'], 'sf', { to: 1 }),
          node('Mul', ['sf', 'scale'], 'scaled'),
          node('Floor', ['scaled'], 'floor'),
          node('Cast', ['floor'], 'sizes', { to: 7 }),
          node('Resize', ['x', 'none', 'none', 'sizes'], 'y', { mode: 'linear' }),
        ],
        outputs: ['y'],
      },
      { shapes: { x: [1, 2, 3, 5] } },
    );
    expect(outputs.y.shape).toEqual([1, 2, 6, 7]);
  });

  test('is exact beyond 2^53', async () => {
    const big = create(TensorProtoSchema, { dims: [], dataType: Type.INT64, int64Data: [9007199254740993n] });
    const nodes = [node('Mod', ['big', 'ten'], 'y')];
    const { outputs } = await read({ weights: { big, ten: scalar(10, Type.INT64) }, nodes, outputs: { y: Type.INT64 } });
    expect(evaluate(outputs).y.data).toEqual(Float64Array.of(3));
  });

  test('a constant condition takes its branch, which sees the names around it; the other may be unsupported', async () => {
    const branch = (n: FileNode) => ({ graph: fileGraph({ nodes: [n], outputs: ['out'] }) });
    const { outputs } = await read({
      inputs: { x: { shape: [1, 3] } },
      weights: { one: scalar(1, Type.INT64), zero: scalar(0, Type.INT64) },
      nodes: [
        node('Shape', ['x'], 's'),
        node('Gather', ['s', 'zero'], 'n'),
        node('Equal', ['n', 'one'], 'single'),
        node('If', ['single'], 'y', {
          then_branch: branch(node('Exp', ['later'], 'out')),
          else_branch: branch(node('GridSample', ['x'], 'out')),
        }),
        node('Neg', ['x'], 'later'),
      ],
      outputs: ['y'],
    });
    expect(evaluate(outputs, { x: { shape: [1, 3], data: Float64Array.of(0, 1, 2) } }).y.data[1]).toBeCloseTo(Math.exp(-1), 6);
  });

  test('functions of the model are read through, with their attributes and absent inputs', async () => {
    const leaky = fileNode(node('LeakyRelu', ['a'], 'c'));
    leaky.attribute.push(create(AttributeProtoSchema, { name: 'alpha', refAttrName: 'slope' }));
    const f = create(FunctionProtoSchema, {
      domain: 'my.own',
      name: 'bent',
      input: ['a', 'limit'],
      output: ['b'],
      attribute: ['slope'],
      node: [leaky, fileNode(node('Clip', ['c', '', 'limit'], 'b'))],
    });
    const call = (output: string, inputs: string[]): FileNode => ({
      op: 'bent',
      domain: 'my.own',
      inputs,
      outputs: [output],
      attributes: { slope: { float: 0.5 } },
    });
    const graph = {
      inputs: { x: { shape: [2] } },
      weights: { one: scalar(1) },
      nodes: [call('y', ['x', 'one']), call('z', ['x'])],
      outputs: ['y', 'z'],
    };
    const { outputs } = await readOnnx(onnxFile(graph, 18, [f]));
    const { y, z } = evaluate(outputs, { x: { shape: [2], data: Float64Array.of(-4, 3) } });
    expect([...y.data, ...z.data]).toEqual([-2, 1, -2, 3]);
  });

  test('deep graphs do not end at the stack', async () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => node('Neg', [i === 0 ? 'x' : `v${i - 1}`], `v${i}`)).reverse();
    const { outputs } = await read({ inputs: { x: { shape: [1] } }, nodes, outputs: ['v19999'] });
    expect(evaluate(outputs, { x: { shape: [1], data: Float64Array.of(5) } }).v19999.data[0]).toBe(5);
  });
});

describe('inputs', () => {
  const same = { nodes: [node('Add', ['x', 'x2'], 'y')], outputs: ['y'] };
  const two = { x: { shape: ['n', 2, 'h'] }, x2: { shape: ['n', 2, 'h'] } };

  test('a named size given once holds everywhere; a leading one is 1 by itself', async () => {
    expect((await read({ inputs: two, ...same }, { shapes: { x2: [5, 2, 7] } })).inputs.map((i) => i.shape)).toEqual([
      [5, 2, 7],
      [5, 2, 7],
    ]);
    expect((await read({ inputs: { x: { shape: ['n', 2] }, x2: { shape: ['n', 2] } }, ...same })).outputs.y.shape).toEqual([1, 2]);
  });

  test.each([
    [/"x" has shape \[n,2,h\], and the size of axis 2 is not known.*--shape x=/, two, {}],
    [/"x" has shape \[n,2,h\], but \[1,3,4\] was given/, two, { x: [1, 3, 4] }],
    [/"h" was given as 4 and as 5/, two, { x: [1, 2, 4], x2: [1, 2, 5] }],
    [/no input "z".*"x", "x2"/, two, { z: [1] }],
    [/cannot have shape \[1,2,0\]/, two, { x: [1, 2, 0] }],
    [/cannot have shape \[65536,2,65536\]/, two, { x: [65536, 2, 65536] }],
    [/cannot have shape/, { x: { shape: [1, 2 ** 40] }, x2: { shape: [1] } }, {}],
  ])('%s', async (message, inputs, shapes) => {
    expect(await refusal(read({ inputs, ...same }, { shapes: shapes as Record<string, number[]> }))).toMatch(message);
  });

  test('whole numbers stay so, or are fed as floats when asked', async () => {
    const graph = { inputs: { t: { type: Type.INT32, shape: [2] } }, nodes: [node('Cast', ['t'], 'y', { to: 1 })], outputs: ['y'] };
    expect((await read(graph)).inputs[0].dtype).toBe('int64');
    const { inputs, outputs } = await read(graph, { floatInputs: true });
    expect(inputs[0].dtype).toBe('float32');
    expect(evaluate(outputs, { t: { shape: [2], data: Float64Array.of(3, -7) } }).y.data).toEqual(Float64Array.of(3, -7));
  });
});

describe('weights', () => {
  test.each([
    [Type.FLOAT, [1.5, -2], new Float32Array([1.5, -2])],
    [Type.DOUBLE, [1.5, -2], new Float64Array([1.5, -2])],
    [Type.FLOAT16, [0x3e00, 0xc000], new Uint16Array([0x3e00, 0xc000])],
    [Type.BFLOAT16, [0x3fc0, 0xc000], new Uint16Array([0x3fc0, 0xc000])],
    [Type.INT64, [3, -2], new BigInt64Array([3n, -2n])],
    [Type.INT32, [3, -2], new Int32Array([3, -2])],
    [Type.INT16, [3, -2], new Int16Array([3, -2])],
    [Type.INT8, [3, -2], new Int8Array([3, -2])],
    [Type.UINT64, [3, 200], new BigUint64Array([3n, 200n])],
    [Type.UINT32, [3, 200], new Uint32Array([3, 200])],
    [Type.UINT16, [3, 200], new Uint16Array([3, 200])],
    [Type.UINT8, [3, 200], new Uint8Array([3, 200])],
    [Type.BOOL, [0, 1], new Uint8Array([0, 7])],
  ])('of type %i, as numbers and as bytes, aligned or not, in the file or beside it', async (type, numbers, raw) => {
    const bytes = new Uint8Array(raw.buffer);
    const external = [
      { $typeName: 'onnx.StringStringEntryProto' as const, key: 'location', value: 'weights.bin' },
      { $typeName: 'onnx.StringStringEntryProto' as const, key: 'offset', value: '3' },
    ];
    const shifted = Uint8Array.from([9, 9, 9, ...bytes]);
    const stored = [
      fileTensor(type, [2], numbers),
      create(TensorProtoSchema, { dims: [2n], dataType: type, rawData: bytes }),
      create(TensorProtoSchema, { dims: [2n], dataType: type, externalData: external, dataLocation: TensorProto_DataLocation.EXTERNAL }),
    ];
    const expected = type === Type.FLOAT16 || type === Type.BFLOAT16 ? [1.5, -2] : numbers;
    for (const w of stored) {
      const bits = type === Type.BOOL || ![Type.FLOAT, Type.DOUBLE, Type.FLOAT16, Type.BFLOAT16].includes(type);
      const nodes = [bits ? node('Cast', ['w'], 'y', { to: 1 }) : node('Identity', ['w'], 'y')];
      const open = async (location: string) => {
        expect(location).toBe('weights.bin');
        return { size: shifted.length, read: async (offset: number, length: number) => shifted.subarray(offset, offset + length) };
      };
      const { outputs } = await read({ weights: { w }, nodes, outputs: ['y'] }, { external: open });
      expect([...evaluate(outputs).y.data]).toEqual(expected);
    }
  });

  test.each([
    ['../weights.bin', {}, /only files in the model's own folder/i],
    ['a/../../weights.bin', {}, /only files in the model's own folder/i],
    ['..\\weights.bin', {}, /only files in the model's own folder/i],
    ['/etc/passwd', {}, /only files in the model's own folder/i],
    ['C:\\weights.bin', {}, /only files in the model's own folder/i],
    ['https://example.org/w', {}, /only files in the model's own folder/i],
    ['', {}, /only files in the model's own folder/i],
    ['w', { offset: '4' }, /from byte 4 to 12, but that file has 8 bytes/],
    ['w', { offset: '-1' }, /"-1" for offset/],
    ['w', { offset: '1e3' }, /"1e3" for offset/],
    ['w', { length: '99999999999' }, /needs 8 bytes, but is said to have 99999999999/],
  ])('beside the model: %s %o is refused', async (location, place, message) => {
    const entries = Object.entries({ location, ...place }).map(([key, value]) => ({
      $typeName: 'onnx.StringStringEntryProto' as const,
      key,
      value,
    }));
    const w = create(TensorProtoSchema, {
      dims: [2n],
      dataType: Type.FLOAT,
      externalData: entries,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
    });
    const open = async () => ({ size: 8, read: async (_: number, length: number) => new Uint8Array(length) });
    expect(await refusal(read({ weights: { w }, nodes: [node('Identity', ['w'], 'y')], outputs: ['y'] }, { external: open }))).toMatch(
      message,
    );
  });

  test('beside the model without a way to open files', async () => {
    const entries = [{ $typeName: 'onnx.StringStringEntryProto' as const, key: 'location', value: 'w.bin' }];
    const w = create(TensorProtoSchema, {
      dims: [2n],
      dataType: Type.FLOAT,
      externalData: entries,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
    });
    expect(await refusal(read({ weights: { w }, nodes: [node('Identity', ['w'], 'y')], outputs: ['y'] }))).toMatch(/another file, w\.bin/);
  });

  test('that do not fill their shape, or are of a type without numbers', async () => {
    const use = (w: ReturnType<typeof floats>) => refusal(read({ weights: { w }, nodes: [node('Identity', ['w'], 'y')], outputs: ['y'] }));
    expect(await use(floats([3], [1, 2]))).toMatch(/"w" has shape \[3\], 3 values of 4 bytes, but holds 2 values/);
    expect(await use(create(TensorProtoSchema, { dims: [2n], dataType: Type.FLOAT, rawData: new Uint8Array(7) }))).toMatch(
      /but holds 7 bytes/,
    );
    expect(await use(create(TensorProtoSchema, { dims: [2n], dataType: Type.STRING }))).toMatch(/STRING/);
    expect(await use(create(TensorProtoSchema, { dims: [2n], dataType: Type.FLOAT8E5M2 }))).toMatch(/FLOAT8E5M2/);
    expect(await use(create(TensorProtoSchema, { dims: [2n ** 40n], dataType: Type.FLOAT }))).toMatch(/more than 2147483648 elements/);
    expect(await use(create(TensorProtoSchema, { dims: [-2n], dataType: Type.FLOAT }))).toMatch(/impossible shape/);
  });

  test('the first files listed weights as inputs too', async () => {
    const inputs = { x: { shape: [2] }, w: { shape: [2] } };
    const model = await read({ inputs, weights: { w: floats([2], [3, 4]) }, nodes: [node('Mul', ['x', 'w'], 'y')], outputs: ['y'] });
    expect(model.inputs.map((i) => i.name)).toEqual(['x']);
    expect(model.weights).toEqual(['w']);
  });
});
