import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { initialise, type ParamSpec } from '../nn/index.js';
import { Random } from '../tensor/random.js';
import { formatShape, sizeOf } from '../tensor/tensor.js';
import { priorSpecs } from './families/index.js';
import { latentPrior, latentPriorSchema } from './families/latent.js';
import { firstStageSpecs } from './first-stage.js';
import { ldmVq4 } from './ldm-vq4.js';
import { tinyFirstStage, tinyUNet } from './testing/tiny-configs.js';
import { unetSpecs } from './unet.js';

const total = (specs: readonly ParamSpec[], prefix = '') =>
  specs.filter((s) => s.name.startsWith(prefix)).reduce((a, s) => a + sizeOf(s.shape), 0);
const number = (specs: readonly ParamSpec[], prefix = '') => specs.filter((s) => s.name.startsWith(prefix)).length;
/** Of the sorted lines "name [shape]"; the expected values come from the published checkpoint LDM-VQ4. */
const fingerprint = (specs: readonly ParamSpec[]) =>
  createHash('sha256')
    .update(
      specs
        .map((s) => `${s.name} ${formatShape(s.shape)}`)
        .sort()
        .join('\n'),
    )
    .digest('hex');

const { firstStage: vqF4, unet: ldm } = ldmVq4;

test('the UNet of LDM-VQ4: 274,056,163 parameters in 368 tensors, names and shapes of the checkpoint', () => {
  const specs = unetSpecs(ldm);
  expect([number(specs), total(specs)]).toEqual([368, 274_056_163]);
  expect(fingerprint(specs)).toBe('a4b6b7747fb9834b4ed30be33cf8b0e1d11763f7ad15b538f521bfbab6faf56d');
});

test('the first stage VQ-f4: 55,322,782 parameters in 205 tensors, names and shapes of the checkpoint', () => {
  const specs = firstStageSpecs(vqF4);
  expect([number(specs), total(specs)]).toEqual([205, 55_322_782]);
  expect([number(specs, 'encoder.'), total(specs, 'encoder.')]).toEqual([88, 22_337_411]);
  expect([number(specs, 'decoder.'), total(specs, 'decoder.')]).toEqual([112, 32_960_771]);
  expect(fingerprint(specs)).toBe('e37a3efe7dfd789afb52fd200376dffa2d0a8cd693f367f14a8963ba78da10c2');
});

const small = {
  name: 'small',
  firstStage: tinyFirstStage,
  unet: tinyUNet,
};

test('a config that contradicts itself is refused', () => {
  const refuse = (edit: object, path: string) => expect(() => latentPriorSchema.parse({ ...small, ...edit })).toThrow(path);
  refuse({ unet: { ...small.unet, inChannels: 3 } }, 'inChannels');
  refuse({ unet: { ...small.unet, headChannels: 3 } }, 'headChannels');
  refuse({ unet: { ...small.unet, normGroups: 32 } }, 'normGroups');
  refuse({ firstStage: { ...small.firstStage, nEmbed: undefined } }, 'nEmbed');
  refuse({ firstStage: { ...small.firstStage, resolution: 15 } }, 'resolution');
  refuse({ latentScale: 1 }, 'latentScale');
});

test('a latent prior is strict about its weights and knows its shapes', () => {
  const config = latentPriorSchema.parse(small);
  const weights = initialise(priorSpecs(config), new Random(0));
  const prior = latentPrior(config, weights);
  expect([prior.imageShape, prior.latentShape, prior.alphaBar.length]).toEqual([[1, 16, 16], [2, 8, 8], 1000]);
  const name = 'model.diffusion_model.out.2.weight';
  expect([...weights.get(name)!.data].every((v) => v === 0)).toBe(true);
  weights.set(`${name}s`, weights.get(name)!);
  expect(() => latentPrior(config, weights)).toThrow(`${name}s`);
  weights.delete(`${name}s`);
  weights.delete(name);
  expect(() => latentPrior(config, weights)).toThrow(`"${name}"`);
});
