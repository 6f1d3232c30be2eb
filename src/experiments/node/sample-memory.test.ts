import { expect, test } from 'vitest';
import { checkSampleMemory } from './sample-memory.js';

test('more samples than half of the memory holds are refused, with the number that fits; one always goes', () => {
  const gigabyte = 2 ** 30;
  // 4 MB each: 128 fit into half a gigabyte
  expect(() => checkSampleMemory(128, 2 ** 20, gigabyte)).not.toThrow();
  expect(() => checkSampleMemory(129, 2 ** 20, gigabyte)).toThrow(/129 samples of this image take 0\.5 GB.*ask for 128 at most/);
  expect(() => checkSampleMemory(1, 2 ** 30, gigabyte)).not.toThrow();
  expect(() => checkSampleMemory(4, 3 * 256 * 256)).not.toThrow();
});
