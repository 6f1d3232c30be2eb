import { readFileSync } from 'node:fs';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { sizeOf } from '../../tensor/tensor.js';
import { evaluate } from '../evaluate.js';
import type { Expr, Values } from '../expr.js';
import { toOnnx } from '../onnx-out.js';
import { add, mul, sum } from '../operations.js';
import { onnxGradient } from './onnx-gradient.js';
import { rules } from './operators/index.js';
import { readOnnx } from './read-onnx.js';
import { type FileInput, onnxFile } from './testing/onnx-file.js';
import { type OperatorCase, pointwiseCases } from './testing/operator-cases.js';
import { spatialCases } from './testing/spatial-cases.js';

const OPSETS = [11, 13, 17, 18, 21];
const cases = [...pointwiseCases, ...spatialCases].map((c) => ({ ...c, title: c.about === undefined ? c.op : `${c.op}, ${c.about}` }));

interface Model {
  readonly bytes: Uint8Array;
  readonly feeds: Readonly<Record<string, Values>>;
  readonly types: Readonly<Record<string, Type>>;
}

/** The case as a file, with feeds. */
function model(
  { op, inputs, attributes, outputs = { y: Type.FLOAT }, draw, title }: OperatorCase & { title: string },
  opset: number,
): Model {
  const random = new Random(3).fork(title);
  const declared: Record<string, FileInput> = {};
  const weights: Record<string, NonNullable<Parameters<typeof onnxFile>[0]['weights']>[string]> = {};
  const feeds: Record<string, Values> = {};
  const names = inputs.map((x, i) => {
    const name = `x${i}`;
    if (x === '') return '';
    if ('$typeName' in x) {
      weights[name] = x;
      return name;
    }
    const input: FileInput = Array.isArray(x) ? { shape: x } : (x as FileInput);
    const { shape, type = Type.FLOAT } = input;
    declared[name] = input;
    const size = sizeOf(shape as number[]);
    const value = (): number =>
      type === Type.BOOL ? random.integer(2) : type === Type.FLOAT ? (draw ?? ((r) => r.normal()))(random) : random.integer(4);
    feeds[name] = { shape: shape as number[], data: Float64Array.from({ length: size }, () => Math.fround(value())) };
    return name;
  });
  const bytes = onnxFile(
    { inputs: declared, weights, nodes: [{ op, inputs: names, outputs: Object.keys(outputs), attributes }], outputs },
    opset,
  );
  return { bytes, feeds, types: Object.fromEntries(Object.entries(declared).map(([name, { type = Type.FLOAT }]) => [name, type])) };
}

/** What ONNX Runtime itself makes of a file. */
async function run(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Values>>,
  types: Readonly<Record<string, Type>>,
): Promise<Record<string, Values>> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const fed = Object.fromEntries(
    session.inputNames.map((name) => {
      const { shape, data } = feeds[name];
      switch (types[name]) {
        case Type.INT64:
          return [name, new OrtTensor('int64', BigInt64Array.from(Array.from(data, BigInt)), [...shape])];
        case Type.INT32:
          return [name, new OrtTensor('int32', Int32Array.from(data), [...shape])];
        case Type.BOOL:
          return [name, new OrtTensor('bool', Uint8Array.from(data), [...shape])];
        default:
          return [name, new OrtTensor('float32', Float32Array.from(data), [...shape])];
      }
    }),
  );
  const results = await session.run(fed);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) },
    ]),
  );
}

function expectClose(got: Readonly<Record<string, Values>>, expected: Readonly<Record<string, Values>>, tolerance: number): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(got[name].shape, name).toEqual(shape);
    expect(got[name].data, name).toBeNear(data, { relative: tolerance });
  }
}

/** A number made of all float outputs, no derivative of it zero by chance. */
function scalarOf(outputs: Readonly<Record<string, Expr>>): Expr {
  const terms = Object.values(outputs)
    .filter((y) => y.dtype === 'float32')
    .map((y) => sum(add(mul(0.7, y), mul(0.3, mul(y, y)))));
  return terms.reduce((a, b) => add(a, b));
}

describe.each(cases)('$title', (c) => {
  const opsets = OPSETS.filter((v) => v >= (c.since ?? 11) && v <= (c.until ?? 21));
  if (opsets.length === 0) opsets.push(c.since ?? 11);

  test('value: as ONNX Runtime computes it, in every operator set', async () => {
    for (const opset of opsets) {
      const { bytes, feeds, types } = model(c, opset);
      const { outputs } = await readOnnx(bytes, { name: `opset ${opset}` });
      expectClose(evaluate(outputs, feeds), await run(bytes, feeds, types), 1e-5);
    }
  });

  const differentiable = c.inputs.some((x) => Array.isArray(x)) && (c.outputs?.y ?? Type.FLOAT) === Type.FLOAT;
  test.runIf(differentiable)('gradient: against finite differences, and written as a model that ONNX Runtime runs', async () => {
    const { bytes, feeds, types } = model(c, opsets[opsets.length - 1]);
    const graph = await readOnnx(bytes);
    const floats = graph.inputs.filter((i) => i.dtype === 'float32');
    const scalar = scalarOf(graph.outputs);
    const { outputs } = onnxGradient({ ...graph, outputs: { scalar } }, { wrt: floats.map((i) => i.name), of: 'scalar' });
    const gradients = evaluate(outputs, feeds);

    const random = new Random(4).fork(c.title);
    const directions = floats.map(
      ({ name, shape }) => [name, Float64Array.from({ length: sizeOf(shape) }, () => random.normal())] as const,
    );
    const at = (h: number): number => {
      const moved = Object.fromEntries(
        directions.map(([name, d]) => [name, { shape: feeds[name].shape, data: feeds[name].data.map((v, i) => v + h * d[i]) }]),
      );
      return evaluate({ scalar }, { ...feeds, ...moved }).scalar.data[0];
    };
    const numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
    const exact = directions.reduce((total, [name, d]) => total + gradients[`d ${name}`].data.reduce((s, v, i) => s + v * d[i], 0), 0);
    expect(Math.abs(numeric - exact)).toBeLessThan(
      1e-6 * Math.max(1, Math.abs(numeric), ...Object.values(gradients).flatMap((g) => [...g.data.map(Math.abs)])),
    );

    expectClose(await run(toOnnx(outputs, { standard: true }).bytes, feeds, types), gradients, 1e-5);
  });
});

test('every operator has a case, and a place in the documentation', () => {
  const tried = new Set(cases.map((c) => c.op));
  expect([...rules.keys()].filter((op) => !tried.has(op))).toEqual([]);
  const words = new Set(readFileSync(new URL('../../../docs/onnx-gradients.md', import.meta.url), 'utf8').split(/\W+/));
  expect([...rules.keys()].filter((op) => !words.has(op))).toEqual([]);
});
