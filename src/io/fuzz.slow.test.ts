import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { fuzzFiles, readers } from './testing/fuzz-files.js';

const RUNS = 10_000;

test.each(readers)(
  '%s files damaged in many ways are read or refused',
  async (reader) => {
    const outcome = await fuzzFiles(reader, RUNS, new Random(2).fork(reader));
    console.info(reader, outcome);
    expect(outcome.read + outcome.refused).toBe(RUNS);
    expect(outcome.megabytes).toBeLessThan(1000);
  },
  3_600_000,
);
