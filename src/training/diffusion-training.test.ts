import { expect, test } from 'vitest';
import { scaledLinearAlphaBar } from '../priors/schedule.js';
import { tinyUNet } from '../priors/testing/tiny-configs.js';
import { Random } from '../tensor/random.js';
import { full } from '../tensor/tensor.js';
import { diffusionPhase } from './diffusion-training.js';

const alphaBar = scaledLinearAlphaBar();
const unet = { ...tinyUNet, inChannels: 1, outChannels: 1, imageSize: 2, channelMult: [1], attentionResolutions: [] };
const schedule = { kind: 'scaled-linear', steps: 1000, prediction: 'epsilon' };

test('a batch: latents with the noise of the level that the network is told, levels spread evenly', async () => {
  const batch = 8;
  const training = { ...{ steps: 10, batch, pool: 4, fresh: 1 } };
  const phase = diffusionPhase({ unet, schedule } as never, training as never, async () => full(0.5, [1, 2, 2]), alphaBar);
  const { zt, t, noise } = await phase.batch(3, new Random(1));
  expect([zt.shape, t.shape, noise.shape]).toEqual([[batch, 1, 2, 2], [batch], [batch, 1, 2, 2]]);
  // one level in each eighth of the thousand
  expect([...t.data].map((level) => Math.floor((level * batch) / alphaBar.length))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  zt.data.forEach((value, i) => {
    const a = alphaBar[t.data[Math.floor(i / 4)]];
    expect(value).toBeCloseTo(Math.sqrt(a) * 0.5 + Math.sqrt(1 - a) * noise.data[i], 6);
  });
});
