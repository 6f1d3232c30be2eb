import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { input } from '../graph/index.js';
import { constantParams } from '../nn/index.js';
import { writeSafetensors } from '../priors/index.js';
import { stored, unreadable } from '../priors/testing/stored.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { clampToImage, mapTensor, reshapeTensor, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { compileLpips, type LpipsNet, type LpipsWeights, lpipsByDepth, lpipsNets, lpipsSide, lpipsSpecs, readLpips } from './index.js';
import { loadLpips } from './node/index.js';
import { pair, uniforms } from './testing/formula.js';

interface Case {
  net: LpipsNet;
  name: string;
  shape: number[];
  most: number;
  distance: number;
  layers: number[];
}
const cases = JSON.parse(readFileSync(new URL('./fixtures/lpips.json', import.meta.url), 'utf8')) as Case[];

/** The weights of fixtures/make-lpips.py. */
function formulaWeights(net: LpipsNet): LpipsWeights {
  const tensors = lpipsSpecs(net).map(({ name, shape }): [string, Tensor] => {
    const u = uniforms(`${net}.${name}`, sizeOf(shape));
    const bound = shape.length === 4 ? Math.sqrt(6 / sizeOf(shape.slice(1))) : 0.1;
    return [name, tensor(shape, name.startsWith('lin') ? u : u.map((value) => (2 * value - 1) * bound))];
  });
  return { net, tensors: new Map(tensors) };
}

const runtime = await createNodeRuntime();
const weights = { alex: formulaWeights('alex'), vgg: formulaWeights('vgg') };
afterAll(() => runtime.dispose());

describe('LPIPS equals the package lpips, at each depth and in all (fixtures/make-lpips.py)', () => {
  test.each(cases)('$net: $name, $shape', async ({ net, name, shape, most, distance, layers }) => {
    const [a, b] = pair(name, shape, most);
    const lpips = await compileLpips(runtime, weights[net], shape);
    const got = await lpips.distance(a, b);
    expect(Math.abs(got - distance)).toBeLessThan(1e-6);
    expect(await lpips.distance(b, a)).toBeCloseTo(got, 6);
    expect(await lpips.distance(a, a)).toBe(0);
    await lpips.dispose();
    const byDepth = lpipsByDepth(constantParams(weights[net].tensors), net, input('a', a.shape), input('b', b.shape));
    const compiled = await runtime.compile(Object.fromEntries(byDepth.map((part, depth) => [depth, part])));
    const parts = await compiled.run({ a: mapTensor(a, clampToImage), b: mapTensor(b, clampToImage) });
    await compiled.dispose();
    expect(layers.map((_, depth) => parts[depth].data[0])).toBeNear(layers, { absolute: 1e-6 });
  });
});

test('the networks are torchvision’s, the smallest sides the smallest', () => {
  const count = (net: LpipsNet, of: string) =>
    lpipsSpecs(net).reduce((sum, { name, shape }) => sum + (name.startsWith(of) ? sizeOf(shape) : 0), 0);
  expect(lpipsNets.map((net) => [count(net, 'features'), count(net, 'lin')])).toEqual([
    [2_469_696, 1152],
    [14_714_688, 1472],
  ]);
  for (const net of lpipsNets) {
    const image = input('a', [1, 3, lpipsSide[net] - 1, 64]);
    expect(() => lpipsByDepth(constantParams(weights[net].tensors), net, image, image)).toThrow(/larger than the padded input/);
  }
});

test('shapes: with and without leading axes, one compiled for; others are refused', async () => {
  const [a, b] = pair('grey', [1, 32, 31], 30);
  const lpips = await compileLpips(runtime, weights.alex, [32, 31]);
  const flat = [a, b].map((image) => reshapeTensor(image, [32, 31]));
  expect(await lpips.distance(flat[0], flat[1])).toBe(await lpips.distance(a, b));
  await expect(lpips.distance(tensor([31, 32]), tensor([31, 32]))).rejects.toThrow(/compiled for images \[32,31\], got \[31,32\]/);
  await expect(lpips.distance(a, tensor([32, 31]))).rejects.toThrow(/one shape/);
  await lpips.dispose();
  for (const shape of [[64], [2, 64, 64], [2, 3, 64, 64], [1, 1, 3, 64, 64]])
    await expect(compileLpips(runtime, weights.alex, shape)).rejects.toThrow(/one image of one channel or three/);
  await expect(compileLpips(runtime, weights.alex, [30, 64])).rejects.toThrow(/at least 31 pixels.*30 x 64/);
  await expect(compileLpips(runtime, { net: 'alex', tensors: new Map() }, [64, 64])).rejects.toThrow(/lack the tensor "features.0.weight"/);
});

describe('weights', () => {
  const { tensors } = weights.alex;
  const [trunk, linear] = ['features', 'lin'].map((of) => new Map([...tensors].filter(([name]) => name.startsWith(of))));

  /** Number by number; `toEqual` would take seconds. */
  const expectSame = (got: LpipsWeights) => {
    expect([got.net, ...got.tensors.keys()]).toEqual(['alex', ...tensors.keys()]);
    for (const [name, { shape, data }] of got.tensors) {
      const want = tensors.get(name)!;
      expect(shape).toEqual(want.shape);
      expect(Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(Buffer.from(want.data.buffer))).toBe(true);
    }
  };

  test('from files: those of torchvision and the package, or of a whole model of the package', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posteriori-lpips-'));
    try {
      const path = (name: string) => join(folder, name);
      await writeFile(path('alexnet.safetensors'), writeSafetensors(new Map([...trunk, ['classifier.1.bias', tensor([2], [1, 2])]])));
      await writeFile(path('lin.safetensors'), writeSafetensors(linear));
      expectSame(await loadLpips([path('lin.safetensors'), path('alexnet.safetensors')], { net: 'alex' }));
      await expect(loadLpips(path('lin.safetensors'), { net: 'alex' })).rejects.toThrow(
        /None of the files holds a tensor "features\.0\.weight" \[64,3,11,11\]\. .*torchvision's AlexNet/,
      );
      await expect(loadLpips(path('none.pth'), { net: 'alex' })).rejects.toThrow(/Cannot read/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const slice = (name: string) => name.replace('features', 'net.slice1');
    const list = stored(linear, (name) => name.replace('lin', 'lins.'));
    const whole = new Map([...stored(trunk, slice), ...stored(linear), ...list, ...unreadable([['scaling_layer.shift', [1, 3, 1, 1]]])]);
    expectSame(await readLpips([whole], { net: 'alex' }));
    const nested = new Map([...stored(trunk, (name) => `state_dict.module.${name}`), ...list]);
    expectSame(await readLpips([nested], { net: 'alex' }));
  });

  test('that are missing, of another network or there twice are refused by name', async () => {
    const [features, lins] = [stored(trunk), stored(linear)];
    const read = (...files: Parameters<typeof readLpips>[0]) => readLpips(files, { net: 'alex' });
    await expect(read(features)).rejects.toThrow(/"lin0\.model\.1\.weight" \[1,64,1,1\]\. .*lpips\/weights\/v0\.1\/alex\.pth/);
    await expect(read(features, features, lins)).rejects.toThrow(/Two of the files hold "features\.0\.weight"/);
    await expect(read(unreadable([['features.0.weight', [64, 3, 3, 3]]]), lins)).rejects.toThrow(
      /"features\.0\.weight" has shape \[64,3,3,3\] in place of \[64,3,11,11\]/,
    );
    await expect(readLpips([features, lins], { net: 'squeeze' as LpipsNet })).rejects.toThrow(/alex and vgg, not "squeeze"/);
  });
});
