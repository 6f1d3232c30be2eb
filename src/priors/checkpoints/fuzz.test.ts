import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { corpora, fuzz } from './testing/fuzz.js';

test.each(Object.keys(corpora))('%s files damaged in 300 ways are read or refused', async (format) => {
  const { read, refused, megabytes } = await fuzz(corpora[format], 300, new Random(1).fork(format));
  expect(read + refused).toBe(300);
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(100);
  expect(megabytes).toBeLessThan(500);
});
