import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Expr, input, vjp } from '../../graph/index.js';
import type { Runtime } from '../../runtime/index.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { latentPrior } from '../families/latent.js';
import { pixelPrior } from '../families/pixel.js';
import type { LatentPrior, Prior } from '../prior.js';
import { readSafetensors } from '../safetensors.js';
import type { StoredTensor } from '../stored-tensor.js';
import { stored } from '../testing/stored.js';
import { recogniseCheckpoint } from './checkpoint.js';
import { recogniseDiffusers } from './diffusers.js';
import type { Recognised } from './recognised.js';

/* From names of another layout to the numbers PyTorch gives with these weights, from test/reference/make_layouts.py. */

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

function reference(name: string) {
  const url = new URL(`../../../test/reference/${name}.safetensors`, import.meta.url);
  const { tensors, metadata } = readSafetensors(readFileSync(url), { name });
  const weights = new Map([...tensors].flatMap(([key, value]) => (key.startsWith('weight.') ? [[key.slice(7), value] as const] : [])));
  return { tensors, json: JSON.parse(metadata.config), weights: stored(weights) };
}

/** A pixel prior has no first stage. */
type Tested = Pick<Prior, 'epsilon'> & Partial<Pick<LatentPrior, 'encode' | 'decode'>>;

async function priorOf(recognised: Recognised): Promise<Tested> {
  const { config } = recognised;
  const weights = await recognised.load();
  if (config.kind !== 'latent' && config.kind !== 'pixel') throw new Error('no prior');
  return config.kind === 'latent' ? latentPrior(config, weights) : pixelPrior(config, weights);
}

/** Compare outputs, and gradients of sum(output * seed), with the tensors of their names, relative to the largest number there. */
async function expectEqual(tensors: ReadonlyMap<string, Tensor>, prior: Tested) {
  const node = (key: string): Expr => input(key, tensors.get(key)!.shape);
  const z = node('z');
  const epsilon = prior.epsilon(z, node('t'));
  const outputs: Record<string, Expr> = { epsilon, 'grad.z': vjp(epsilon, node('seed_z'), [z])[0] };
  if (tensors.has('x')) {
    const latent = node('latent');
    const decoded = prior.decode!(latent);
    Object.assign(outputs, { encoded: prior.encode!(node('x')), decoded, 'grad.latent': vjp(decoded, node('seed_x'), [latent])[0] });
  }
  const compiled = await runtime.compile(outputs);
  const got = await compiled.run(Object.fromEntries(compiled.inputs.map(({ name }) => [name, tensors.get(name)!])));
  await compiled.dispose();
  for (const [name, { shape, data }] of Object.entries(got)) {
    const want = tensors.get(name)!;
    expect(shape, name).toEqual(want.shape);
    const scale = Math.sqrt(want.data.reduce((a, v) => a + v * v, 0) / want.data.length);
    const error = data.reduce((a, v, i) => Math.max(a, Math.abs(v - want.data[i])), 0) / scale;
    expect(error, `${name}: largest error over root mean square`).toBeLessThan(1e-4);
  }
}

describe('equal to PyTorch to 1e-4, gradients too, from names of', () => {
  test('guided-diffusion: learned sigma, scale-shift norm, blocks that resample, heads of fixed width', async () => {
    const { tensors, weights } = reference('guided');
    const recognised = await recogniseCheckpoint('guided', weights, { resolution: 16, headChannels: 8 });
    expect(recognised.config).toMatchObject({
      kind: 'pixel',
      unet: { inChannels: 3, outChannels: 6, channelMult: [1, 2], attentionResolutions: [2], scaleShiftNorm: true, resblockUpdown: true },
      schedule: { kind: 'linear', betaStart: 1e-4, betaEnd: 0.02, levels: 1000 },
    });
    await expectEqual(tensors, await priorOf(recognised));
  });

  test('guided-diffusion: resampling without convolutions, a number of heads, new attention order', async () => {
    const { tensors, weights } = reference('guided-plain');
    const recognised = await recogniseCheckpoint('guided', weights, { resolution: 16, numHeads: 2, attentionOrder: 'split' });
    expect(recognised.config).toMatchObject({ unet: { numResBlocks: 2, convResample: false, attentionResolutions: [1] } });
    await expectEqual(tensors, await priorOf(recognised));
  });

  test.each([
    ['diffusers-vq', 'UNet, VQ with attention, attention under its old names'],
    ['diffusers-kl', 'UNet with scale-shift norm and blocks that resample, KL, scaled latents'],
    ['diffusers-pixel', 'UNet alone, time embedding the other way round, padding at the end, one head'],
  ])('%s: %s', async (name) => {
    const { tensors, json, weights } = reference(name);
    const components = Object.fromEntries(
      Object.entries(json).map(([folder, config]) => {
        const own = [...weights].flatMap(([key, value]): [string, StoredTensor][] =>
          key.startsWith(`${folder}.`) ? [[key.slice(folder.length + 1), value]] : [],
        );
        return [folder, { config, ...(folder !== 'scheduler' && { tensors: new Map(own) }) }];
      }),
    );
    const recognised = recogniseDiffusers(name, { components });
    expect([recognised.missing, recognised.ignored]).toEqual([[], []]);
    await expectEqual(tensors, await priorOf(recognised));
  });
});
