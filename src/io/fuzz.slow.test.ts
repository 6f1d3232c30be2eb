import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { fuzzFiles, readers } from './testing/fuzz-files.js';

test.each(readers)(
  '%s files damaged in 10,000 ways are read or refused',
  async (reader) => {
    const outcome = await fuzzFiles(reader, 10_000, new Random(2).fork(reader));
    console.info(reader, outcome);
    expect(outcome.read + outcome.refused).toBe(10_000);
    expect(outcome.megabytes).toBeLessThan(1000);
  },
  3_600_000,
);
