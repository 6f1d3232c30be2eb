import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concat, type Expr, input, toFloat, vjp } from '../graph/index.js';
import { inputParams, scope } from '../nn/index.js';
import type { Runtime } from '../runtime/index.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { firstStageSchema, unetSchema } from './config.js';
import { decode, encode, moments, quantise } from './first-stage.js';
import { readSafetensors } from './safetensors.js';
import { unet } from './unet.js';

/* Outputs and gradients of PyTorch, from test/reference/make_models.py: random weights, small width. */

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

function reference(name: string) {
  const url = new URL(`../../test/reference/${name}.safetensors`, import.meta.url);
  const { tensors, metadata } = readSafetensors(readFileSync(url), { name });
  const at = (key: string): Tensor => tensors.get(key)!;
  const node = (key: string): Expr => input(key, at(key).shape);
  const { params } = inputParams();
  return { tensors, config: JSON.parse(metadata.config), at, node, params: scope(params, 'weight') };
}

/** Run the graph on the file's tensors and compare each output with the tensor of its name, relative to its root mean square. */
async function expectEqual({ tensors, at }: ReturnType<typeof reference>, outputs: Record<string, Expr>, tolerance = 1e-4) {
  const compiled = await runtime.compile(outputs);
  const got = await compiled.run(Object.fromEntries(compiled.inputs.map(({ name }) => [name, tensors.get(name)!])));
  await compiled.dispose();
  for (const [name, { shape, data }] of Object.entries(got)) {
    const want = at(name);
    expect(shape, name).toEqual(want.shape);
    const scale = Math.sqrt(want.data.reduce((a, v) => a + v * v, 0) / want.data.length);
    const error = data.reduce((a, v, i) => Math.max(a, Math.abs(v - want.data[i])), 0) / scale;
    expect(error, `${name}: largest error over root mean square`).toBeLessThan(tolerance);
  }
}

/** `grad.<name>` of sum(output * seed) for every gradient in the file whose key fits. */
function gradients(file: ReturnType<typeof reference>, output: Expr, seed: Expr, x: Expr, pattern: RegExp): Record<string, Expr> {
  const names = [...file.tensors.keys()].filter((key) => key.startsWith('grad.') && pattern.test(key)).map((key) => key.slice(5));
  const wrt = names.map((name) => (name.length === 1 ? x : file.params(name, file.at(`weight.${name}`).shape, { mean: 0, bound: 0 })));
  expect(names.length).toBeGreaterThan(1);
  return Object.fromEntries(vjp(output, seed, wrt).map((g, i) => [`grad.${names[i]}`, g]));
}

describe('equal to PyTorch to 1e-4, gradients too', () => {
  test('UNet', async () => {
    const file = reference('unet');
    const z = file.node('z');
    const epsilon = unet(file.params, unetSchema.parse(file.config), z, file.node('t'));
    await expectEqual(file, { epsilon, ...gradients(file, epsilon, file.node('seed_z'), z, /./) });
  });

  test.each(['vq', 'kl'])('first stage, %s: encoder', async (name) => {
    const file = reference(name);
    const config = firstStageSchema.parse(file.config);
    const x = file.node('x');
    const encoded = name === 'vq' ? encode(file.params, config, x) : concat(Object.values(moments(file.params, config, x)), 1);
    await expectEqual(file, { encoded, ...gradients(file, encoded, file.node('seed_z'), x, /grad\.(x|encoder.*)$/) });
  });

  test.each(['vq', 'kl'])('first stage, %s: decoder', async (name) => {
    const file = reference(name);
    const config = firstStageSchema.parse(file.config);
    const z = file.node('z');
    const decoded = decode(file.params, config, z);
    const indices: Record<string, Expr> = name === 'vq' ? { indices: toFloat(quantise(file.params, config, z).indices) } : {};
    await expectEqual(file, { decoded, ...indices, ...gradients(file, decoded, file.node('seed_x'), z, /grad\.(z|decoder.*)$/) });
  });
});
