import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { TensorProto_DataLocation, TensorProtoSchema, TensorProto_DataType as Type } from 'onnx-buf';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FileNode, floats, onnxFile } from '../../graph/onnx-in/testing/onnx-file.js';
import { readSafetensors } from '../../priors/safetensors.js';
import { main } from '../program.js';

let cwd: string;
const node = (op: string, inputs: string[], output: string): FileNode => ({ op, inputs, outputs: [output] });
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'posteriori-grad-'));
  const entries = Object.entries({ location: 'weights.bin', offset: '4' }).map(([key, value]) => ({
    $typeName: 'onnx.StringStringEntryProto' as const,
    key,
    value,
  }));
  const outside = create(TensorProtoSchema, {
    dims: [3n],
    dataType: Type.FLOAT,
    externalData: entries,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
  });
  const scale = {
    inputs: { x: { shape: ['n', 3] }, steps: { type: Type.INT64, shape: [1] }, unused: { shape: [2] } },
    weights: { w: floats([3], [1, 2, 3]) },
    nodes: [
      node('Mul', ['x', 'x'], 'xx'),
      node('Mul', ['xx', 'w'], 'y'),
      node('Cast', ['steps'], 'count'),
      node('ReduceSum', ['y'], 'total'),
    ],
    outputs: ['y', 'total', 'count'],
  };
  scale.nodes[2] = { ...scale.nodes[2], attributes: { to: 1 } };
  scale.nodes[3] = { ...scale.nodes[3], attributes: { keepdims: 0 } };
  await writeFile(join(cwd, 'model.onnx'), onnxFile(scale));
  await writeFile(
    join(cwd, 'beside.onnx'),
    onnxFile({ ...scale, weights: { w: outside }, nodes: scale.nodes.slice(0, 2), outputs: ['y'] }),
  );
  await writeFile(join(cwd, 'weights.bin'), new Float32Array([9, 1, 2, 3]));
  await writeFile(join(cwd, 'text.onnx'), 'this is no model');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** Run the command in the folder. */
async function grad(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: [] as unknown[], stderr: [] as unknown[] };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => said[stream].push(text) > 0),
  );
  try {
    const paths = args.map((arg) => (arg.endsWith('.onnx') ? join(cwd, arg) : arg));
    const code = await main(['grad', ...paths]);
    return { code, stdout: said.stdout.join(''), stderr: said.stderr.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

async function run(file: string, feeds: Record<string, OrtTensor>): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(await readFile(join(cwd, file)), { intraOpNumThreads: 1 });
  expect([...session.inputNames].sort()).toEqual(Object.keys(feeds).sort());
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]));
}

const tensor = (shape: number[], ...data: number[]): OrtTensor => new OrtTensor('float32', Float32Array.from(data), shape);

describe('posteriori grad writes a model that', () => {
  test('takes the upstream gradient of a tensor, under the names of the model', async () => {
    const { code, stdout, stderr } = await grad('model.onnx', '--wrt', 'x', '--of', 'y', '--out', 'vjp.onnx', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      out: join(cwd, 'vjp.onnx'),
      bytes: (await readFile(join(cwd, 'vjp.onnx'))).length,
      inputs: expect.arrayContaining([
        { name: 'x', shape: [1, 3], dtype: 'float32' },
        { name: 'd y', shape: [1, 3], dtype: 'float32' },
      ]),
      outputs: [
        { name: 'y', shape: [1, 3], dtype: 'float32' },
        { name: 'd x', shape: [1, 3], dtype: 'float32' },
      ],
    });
    expect(await run('vjp.onnx', { x: tensor([1, 3], 1, 2, 3), 'd y': tensor([1, 3], 1, 0, -1) })).toEqual({
      y: [1, 8, 27],
      'd x': [2, 0, -18],
    });
  });

  test('gives the gradient of a number without more ado, with respect to weights too, in the shape asked for', async () => {
    const { code, stdout, stderr } = await grad(
      ...['model.onnx', '--wrt', 'x', '--wrt', 'w', '--of', 'total', '--shape', 'x=2,3', '--out', 'scalar.onnx'],
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/scalar\.onnx takes "x" \[2,3\] and gives "total" \[\], "d x" \[2,3\], "d w" \[3\]\.\n/);
    expect(await run('scalar.onnx', { x: tensor([2, 3], 1, 2, 3, 0, 1, 1) })).toEqual({
      total: [1 + 8 + 27 + 0 + 2 + 3],
      'd x': [2, 8, 18, 0, 4, 6],
      'd w': [1, 5, 10],
    });
  });

  test('gives the gradient of a sum; weights may lie beside the model', async () => {
    const { code, stderr } = await grad('beside.onnx', '--wrt', 'x', '--sum', '--out', 'sum.onnx');
    expect(code, stderr).toBe(0);
    expect(await run('sum.onnx', { x: tensor([1, 3], 1, 2, 3) })).toEqual({ y: [1, 8, 27], 'd x': [2, 8, 18] });
  });

  test('computes the gradient of a model of PyTorch', async () => {
    const folder = new URL('../../../test/reference/onnx/', import.meta.url);
    await writeFile(join(cwd, 'classic.onnx'), readFileSync(new URL('classic.onnx', folder)));
    const { code, stderr } = await grad('classic.onnx', '--wrt', 'x', '--out', 'd-classic.onnx');
    expect(code, stderr).toBe(0);
    const { tensors } = readSafetensors(readFileSync(new URL('reference.safetensors', folder)), { name: 'reference' });
    const at = (name: string) => tensors.get(`classic.${name}`)!;
    const feed = (name: string) => new OrtTensor('float32', at(name).data, [...at(name).shape]);
    const got = await run('d-classic.onnx', { x: feed('in.x'), 'd y': feed('seed') });
    expect(got['d x']).toBeNear(at('grad.x').data, { absolute: 1e-4 });
  });
});

describe('posteriori grad refuses, and leaves nothing', () => {
  const to = ['--out', 'never.onnx'];
  const cases: ReadonlyArray<readonly [string, readonly string[], number, RegExp]> = [
    ['nothing to differentiate with respect to', ['model.onnx', '--of', 'y', ...to], 2, /--wrt/],
    ['no place to write', ['model.onnx', '--wrt', 'x'], 2, /--out/],
    [
      'an unknown input',
      ['model.onnx', '--wrt', 'z', '--of', 'y', ...to],
      2,
      /no input or weight "z"; its inputs are "x", "steps", "unused", its weights "w"/,
    ],
    ['an unknown output', ['model.onnx', '--wrt', 'x', '--of', 'z', ...to], 2, /no output "z"; its outputs are "y", "total", "count"/],
    ['one output of several', ['model.onnx', '--wrt', 'x', ...to], 2, /3 outputs, "y", "total", "count": name one/],
    ['whole numbers', ['model.onnx', '--wrt', 'steps', '--of', 'count', ...to], 2, /"steps" holds whole numbers/],
    ['an input without influence', ['model.onnx', '--wrt', 'unused', '--of', 'y', ...to], 2, /"y" does not depend on "unused"/],
    ['a shape that is none', ['model.onnx', '--wrt', 'x', '--of', 'y', '--shape', 'x=2,three', ...to], 2, /name=sizes/],
    ['a shape of an unknown input', ['model.onnx', '--wrt', 'x', '--of', 'y', '--shape', 'z=2,3', ...to], 2, /no input "z".*"x", "steps"/],
    ['a shape that does not fit', ['model.onnx', '--wrt', 'x', '--of', 'y', '--shape', 'x=2,4', ...to], 2, /\[n,3\], but \[2,4\]/],
    ['writing over the model', ['model.onnx', '--wrt', 'x', '--of', 'y', '--out', 'model.onnx'], 2, /model\.onnx is an input/],
    ['a model that is not there', ['nowhere.onnx', '--wrt', 'x', ...to], 1, /nowhere\.onnx.*does not exist/],
    ['a file that is no model', ['text.onnx', '--wrt', 'x', ...to], 1, /text\.onnx is not an ONNX model/],
    ['a folder that is not there', ['model.onnx', '--wrt', 'x', '--of', 'y', '--out', 'no/such/g.onnx'], 1, /its folder does not exist/],
  ];

  test.each(cases)('%s', async (_, args, exitCode, message) => {
    const before = await readdir(cwd);
    const { code, stdout, stderr } = await grad(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(/^Error: .*\.\n$/);
    expect(stdout).toBe('');
    expect(await readdir(cwd)).toEqual(before);
  });
});
