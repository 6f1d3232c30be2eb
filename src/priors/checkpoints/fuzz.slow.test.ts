import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { corpora, fuzz } from './testing/fuzz.js';

test.each(Object.keys(corpora))(
  '%s files damaged in 10,000 ways are read or refused',
  async (format) => {
    const outcome = await fuzz(corpora[format], 10_000, new Random(2).fork(format));
    console.info(format, outcome);
    expect(outcome.read + outcome.refused).toBe(10_000);
    expect(outcome.megabytes).toBeLessThan(500);
  },
  1_800_000,
);
