import { expect, test } from 'vitest';
import { findMethod, resolveOptions } from '../solvers/methods/index.js';
import { UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import { hashTensor } from './hash.js';

test('options read text as the kind of value they replace', () => {
  const options = resolveOptions(findMethod('resample'), 'fast', {
    steps: '7',
    bounds: '0.8,0.2',
    finalOptimisation: 'false',
    mapping: 'encoding',
  });
  expect(options).toMatchObject({ steps: 7, bounds: [0.8, 0.2], finalOptimisation: false, mapping: 'encoding' });
  for (const set of [{ bounds: '0.8' }, { finalOptimisation: 'maybe' }, { margin: 'x' }, { mapping: 'x' }, { nosuch: 1 }, { steps: '' }]) {
    expect(() => resolveOptions(findMethod('resample'), 'fast', set)).toThrow(UserError);
  }
  const published = findMethod('resample-as-published');
  for (const [text, tau] of Object.entries({ '1e-5': 1e-5, none: null }))
    expect(resolveOptions(published, 'authors-code', { tau: text })).toMatchObject({ tau });
});

test('the hash of a tensor is SHA-256 of its bytes, also inside a larger buffer', async () => {
  // sha256 of four zero bytes
  const zero = 'df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119';
  expect(await hashTensor(tensor([1]))).toBe(zero);
  expect(await hashTensor(tensor([1], new Float32Array([5, 0, 5]).subarray(1, 2)))).toBe(zero);
});
