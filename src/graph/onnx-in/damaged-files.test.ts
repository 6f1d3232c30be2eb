import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { exportedModels } from './testing/exported-models.js';
import { readDamaged } from './testing/mutate.js';

test('300 damaged files are read or refused, never anything else', async () => {
  const { read, refused } = await readDamaged(exportedModels(), new Random(1), 300);
  expect(read + refused).toBe(300);
  expect(read).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(100);
});
