import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { exportedModels } from './testing/exported-models.js';
import { readDamaged } from './testing/mutate.js';

test('10000 damaged files are read or refused in little memory', { timeout: 3_600_000 }, async () => {
  const before = process.memoryUsage().rss;
  const { read, refused } = await readDamaged(exportedModels(), new Random(2), 10_000);
  expect(read + refused).toBe(10_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
});
