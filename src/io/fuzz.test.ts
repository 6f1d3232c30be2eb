import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { fuzzFiles, readers } from './testing/fuzz-files.js';

test.each(readers)('%s files damaged in 300 ways are read or refused', async (reader) => {
  const { read, refused, megabytes } = await fuzzFiles(reader, 300, new Random(1).fork(reader));
  expect(read + refused).toBe(300);
  expect(refused).toBeGreaterThan(20);
  expect(megabytes).toBeLessThan(1000);
});
