import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { add, argmin, constant, evaluate, greater, input, matmul, mul, sum, toOnnx } from '../../graph/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { full, tensor } from '../../tensor/tensor.js';
import type { Runtime } from '../runtime.js';
import { relativeError, smallDecoderGradient } from '../testing/small-decoder.js';
import { createNodeRuntime } from './index.js';
import { ortHost } from './ort-host.js';
import { workerHost } from './worker-host.js';

/** Chained products of random matrices: busy for long enough to see what else goes on meanwhile. */
function slowGraph(size = 512, times = 12) {
  const a = input('a', [size, size]);
  let x = a;
  for (let i = 0; i < times; i++) x = mul(matmul(x, a), 1 / Math.sqrt(size));
  return { outputs: { y: sum(x) }, feeds: { a: new Random(1).normals([size, size]) } };
}

describe.each([{ worker: false }, { worker: true }])('createNodeRuntime (worker: $worker)', ({ worker }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createNodeRuntime({ worker });
  });
  afterAll(() => runtime?.dispose());

  test('computes the decoder gradient of the float64 evaluator, the same bits every time', async () => {
    const { outputs, feeds } = smallDecoderGradient();
    const compiled = await runtime.compile(outputs, { name: 'decoder gradient' });
    expect(compiled.inputs).toEqual(
      expect.arrayContaining([
        { name: 'z', shape: [1, 3, 8, 8] },
        { name: 'y', shape: [1, 1, 32, 32] },
      ]),
    );
    expect(compiled.outputs).toEqual([
      { name: 'loss', shape: [] },
      { name: 'gradient', shape: [1, 3, 8, 8] },
    ]);
    const before = feeds.z.data.slice();
    const first = await compiled.run(feeds);
    expect(feeds.z.data).toEqual(before);
    const reference = evaluate(outputs, feeds);
    for (const name of ['loss', 'gradient'] as const) {
      const expected = tensor(reference[name].shape, Float32Array.from(reference[name].data));
      expect(first[name].shape).toEqual(expected.shape);
      expect(relativeError(first[name], expected)).toBeLessThan(1e-4);
    }
    const again = await compiled.run(feeds);
    expect(again.gradient.data).toEqual(first.gradient.data);
    await compiled.dispose();
    await compiled.dispose();
    await expect(compiled.run(feeds)).rejects.toThrow('decoder gradient: run after dispose');
    expect(again.gradient.data).toEqual(first.gradient.data); // results outlive the session
  });

  test('whole numbers and booleans come out as float32', async () => {
    const x = input('x', [2, 3]);
    const compiled = await runtime.compile({ index: argmin(x, 1), positive: greater(x, 0) });
    const { index, positive } = await compiled.run({ x: tensor([2, 3], [3, 1, 2, -1, 0, 5]) });
    expect(index).toEqual(tensor([2], [1, 0]));
    expect(positive).toEqual(tensor([2, 3], [1, 1, 1, 0, 0, 1]));
    await compiled.dispose();
  });

  test('wrong feeds are named', async () => {
    const compiled = await runtime.compile({ y: add(input('x', [2]), input('b', [])) }, { name: 'sum' });
    const x = tensor([2], [1, 2]);
    await expect(compiled.run({ x })).rejects.toThrow('sum: input "b" [] was not fed; fed were "x".');
    await expect(compiled.run({ x: full(0, [3]), b: full(1) })).rejects.toThrow('sum: input "x" takes shape [2], but was fed [3].');
    await expect(compiled.run({ x, b: full(1), c: x })).rejects.toThrow('sum: there is no input "c"; the inputs are');
    await expect(compiled.run({ x, b: { shape: [], data: new Float32Array(2) } })).rejects.toThrow(UserError);
    expect((await compiled.run({ x, b: full(1) })).y.data).toEqual(Float32Array.of(2, 3));
    await compiled.dispose();
  });

  test('an input without effect need not be fed, but may be', async () => {
    const compiled = await runtime.compile({ y: add(mul(input('x', [2]), 0), input('b', [])) });
    expect((await compiled.run({ b: full(1) })).y.data).toEqual(Float32Array.of(1, 1));
    expect((await compiled.run({ b: full(1), x: full(7, [2]) })).y.data).toEqual(Float32Array.of(1, 1));
    await compiled.dispose();
  });

  test('an aborted signal stops before and between runs', async () => {
    const { outputs, feeds } = slowGraph(64, 2);
    const compiled = await runtime.compile(outputs);
    await expect(compiled.run(feeds, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const controller = new AbortController();
    const first = compiled.run(feeds);
    const queued = compiled.run(feeds, { signal: controller.signal });
    controller.abort();
    await expect(queued).rejects.toMatchObject({ name: 'AbortError' });
    expect((await first).y.shape).toEqual([]);
    expect((await compiled.run(feeds, { signal: new AbortController().signal })).y).toEqual((await first).y);
    await compiled.dispose();
  });
});

test('a worker leaves the event loop free, where a run in this thread blocks it', async () => {
  const { outputs, feeds } = slowGraph();
  const timersFiredDuringRun = async (worker: boolean): Promise<number> => {
    const runtime = await createNodeRuntime({ worker, threads: 1 });
    const compiled = await runtime.compile(outputs);
    await compiled.run(feeds);
    let fired = 0;
    const timer = setInterval(() => fired++, 2);
    await compiled.run(feeds);
    clearInterval(timer);
    await runtime.dispose();
    return fired;
  };
  expect(await timersFiredDuringRun(false)).toBeLessThanOrEqual(2);
  expect(await timersFiredDuringRun(true)).toBeGreaterThanOrEqual(5);
});

test('an abort during a run in a worker releases the caller at once, and the runtime goes on', async () => {
  const runtime = await createNodeRuntime({ worker: true, threads: 1 });
  const { outputs, feeds } = slowGraph(512, 24);
  const compiled = await runtime.compile(outputs);
  const whole = await compiled.run(feeds);
  let finished = false;
  const controller = new AbortController();
  const aborted = compiled.run(feeds, { signal: controller.signal });
  const next = compiled.run(feeds).then((result) => {
    finished = true;
    return result;
  });
  await sleep(5);
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  expect(finished).toBe(false);
  expect(await next).toEqual(whole);
  await runtime.dispose();
});

test.each([
  ['this thread', () => ortHost({ device: 'cpu', threads: 1, spinning: false })],
  ['a worker', () => workerHost({ device: 'cpu', threads: 1, spinning: false })],
])('a model the engine cannot read is an error, not the end (%s)', async (_where, makeHost) => {
  const host = await makeHost();
  await expect(host.open({ bytes: Uint8Array.of(1, 2, 3), external: [] })).rejects.toThrow(/parsing failed/);
  const session = await host.open(toOnnx({ y: add(input('x', []), 1) }));
  expect((await session.run({ x: full(2) })).y.data).toEqual(Float32Array.of(3));
  await session.close();
  await host.close();
});

test.each([false, true])(
  'a constant of megabytes, which stays outside the ONNX message, gives what a small one gives (worker: %s)',
  async (worker) => {
    const runtime = await createNodeRuntime({ worker, threads: 1 });
    const weights = new Random(0).normals([1200, 600]); // 2.9 MB
    const x = new Random(1).normals([2, 1200]);
    const { external } = toOnnx({ y: matmul(input('x', [2, 1200]), constant(weights)) }, { externalFrom: 2 ** 20 });
    expect(external.map(({ data }) => data.length)).toEqual([1200 * 600 * 4]);
    const given = { x };
    const baked = await runtime.compile({ y: matmul(input('x', [2, 1200]), constant(weights)) });
    const fed = await runtime.compile({ y: matmul(input('x', [2, 1200]), input('w', [1200, 600])) });
    const { y } = await fed.run({ ...given, w: weights });
    expect(weights.data.length).toBe(1200 * 600); // not taken over by the engine
    expect(relativeError((await baked.run(given)).y, y)).toBeLessThan(1e-6);
    await runtime.dispose();
  },
);

test('disposing the runtime frees what was compiled, twice without harm', async () => {
  const runtime = await createNodeRuntime({ worker: true });
  const compiled = await runtime.compile({ y: add(input('x', []), 1) });
  await runtime.dispose();
  await runtime.dispose();
  await expect(compiled.run({ x: full(1) })).rejects.toThrow('dispose');
  await expect(runtime.compile({ y: input('x', []) })).rejects.toThrow('dispose');
});

test('bad options say what is known and what to do', async () => {
  await expect(createNodeRuntime({ device: 'wasm' })).rejects.toThrow(/the devices are cpu, webgpu, cuda\..*browser/);
  await expect(createNodeRuntime({ threads: 0 })).rejects.toThrow('at least 1, got 0');
  const int = input('i', [2], 'int64');
  const runtime = await createNodeRuntime();
  await expect(runtime.compile({ y: int }, { name: 'lookup' })).rejects.toThrow('lookup: input "i" is int64');
  await runtime.dispose();
});
