import { expect, test } from 'vitest';
import { input, simplify, topological, vjp } from '../graph/index.js';
import { inputParams } from '../nn/index.js';
import { firstStageSchema } from './config.js';
import { decode, decodeContinuous } from './first-stage.js';
import { tinyFirstStage } from './testing/tiny-configs.js';

const config = firstStageSchema.parse(tinyFirstStage);

test.each([
  ['to codes searches for them', decode, true],
  ['without codes searches for none', decodeContinuous, false],
])('the gradient of a decoder %s, and copies nothing to broadcast it', (_what, decoder, searches) => {
  const z = input('z', [1, config.embedDim, 8, 8]);
  const image = decoder(inputParams().params, config, z);
  const { gradient } = simplify({ gradient: vjp(image, input('seed', image.shape), [z])[0] });
  const names = topological([gradient]).map(({ op }) => op.name);
  expect(names.includes('argmin')).toBe(searches);
  expect(names).not.toContain('broadcastTo');
});
