import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../priors/safetensors.js';
import type { Shape, Tensor } from '../../tensor/tensor.js';
import { toOnnx } from '../onnx-out.js';
import { onnxGradient } from './onnx-gradient.js';
import { readOnnx } from './read-onnx.js';

/*
 * Models as PyTorch exports them, TorchScript's exporter and the newer one, operator sets 11 to 21, with outputs and gradients
 * of PyTorch itself: test/reference/onnx/make_onnx.py.
 */

const folder = new URL('../../../test/reference/onnx/', import.meta.url);
const { tensors } = readSafetensors(readFileSync(new URL('reference.safetensors', folder)), { name: 'reference' });

const models: ReadonlyArray<{ name: string; opset: number; shapes?: Record<string, Shape>; weight?: string }> = [
  { name: 'vq-decoder', opset: 17, shapes: { z: [1, 2, 8, 6] }, weight: 'stage.decoder.mid.attn_1.k.weight' },
  { name: 'unet', opset: 18 },
  { name: 'unet-dynamic', opset: 13, shapes: { z: [1, 2, 8, 8] } },
  { name: 'quantiser', opset: 13, shapes: { z: [2, 3, 4, 4] } },
  { name: 'classic', opset: 11 },
  { name: 'classic-dynamo', opset: 20 },
  { name: 'transformer', opset: 21 },
  { name: 'transformer-dynamic', opset: 17 },
];

function expectEqual(got: Pick<Tensor, 'shape' | 'data'>, name: string): void {
  const want = tensors.get(name)!;
  expect(got.shape, name).toEqual(want.shape);
  const scale = Math.sqrt(want.data.reduce((a, v) => a + v * v, 0) / want.data.length);
  expect(got.data, name).toBeNear(want.data, { absolute: 1e-4 * scale });
}

describe.each(models)('$name', ({ name, opset, shapes, weight }) => {
  test('value and gradients, in a model that ONNX Runtime runs, as in PyTorch', async () => {
    const bytes = readFileSync(new URL(`${name}.onnx`, folder));
    const model = await readOnnx(bytes, { name, shapes, parameters: weight === undefined ? [] : [weight] });
    expect(model.opset).toBe(opset);
    expect(model.producer).toMatch(/^pytorch/);
    const wrt = [...tensors.keys()].filter((key) => key.startsWith(`${name}.grad.`)).map((key) => key.slice(name.length + 6));
    expect(wrt).toEqual(expect.arrayContaining(model.inputs.filter((i) => i.dtype === 'float32').map((i) => i.name)));
    const { outputs, upstream } = onnxGradient(model, { wrt, of: 'y' });
    expect(upstream).toBe('d y');

    const written = toOnnx(outputs, { standard: true });
    expect(fromBinary(ModelProtoSchema, written.bytes).opsetImport.map((o) => o.domain)).toEqual(['']);
    const session = await InferenceSession.create(written.bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const feeds = written.inputs.map(({ name: input, dtype }): [string, OrtTensor] => {
      const { data, shape } = tensors.get(input === 'd y' ? `${name}.seed` : `${name}.in.${input}`)!;
      return [
        input,
        dtype === 'int64'
          ? new OrtTensor('int64', BigInt64Array.from(Array.from(data, BigInt)), [...shape])
          : new OrtTensor('float32', data, [...shape]),
      ];
    });
    const results = await session.run(Object.fromEntries(feeds));
    await session.release();
    const got = (key: string) => ({ shape: results[key].dims, data: results[key].data as Float32Array });
    expectEqual(got('y'), `${name}.out`);
    for (const source of wrt) expectEqual(got(`d ${source}`), `${name}.grad.${source}`);
  });
});
