import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { cropBatch, mix, Pool, phantomSource, photographSource, stack } from './data.js';

test('a pool draws by the number of the step alone, sees every item, and lets old ones go', async () => {
  const made: number[] = [];
  const pool = () =>
    new Pool(
      async (index) => {
        made.push(index);
        return index;
      },
      8,
      2,
    );
  const whole = pool();
  const seen = new Set<number>();
  let last: number[] = [];
  for (let step = 0; step < 20; step++) {
    last = await whole.draw(step, 3, new Random(1).fork(step));
    for (const index of last) seen.add(index);
    expect(Math.min(...last)).toBeGreaterThanOrEqual(2 * step);
    expect(Math.max(...last)).toBeLessThan(2 * step + 8);
  }
  for (let index = 7; index < 46; index++) expect(seen.has(index)).toBe(true);
  expect(new Set(made).size).toBe(made.length); // none is made twice
  expect(await pool().draw(19, 3, new Random(1).fork(19))).toEqual(last); // as after a resume
});

test('crops lie inside the image and are mirrored at times', () => {
  const image = tensor(
    [1, 4, 4],
    Array.from({ length: 16 }, (_, i) => i),
  );
  let mirrored = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { shape, data } = cropBatch([image, image], 2, new Random(seed));
    expect(shape).toEqual([2, 1, 2, 2]);
    for (const at of [0, 4]) {
      const step = data[at + 1] - data[at];
      expect(Math.abs(step)).toBe(1);
      expect(data[at + 2] - data[at]).toBe(4);
      if (step < 0) mirrored++;
    }
  }
  expect(mirrored).toBeGreaterThan(20);
  expect(mirrored).toBeLessThan(60);
  expect(() => cropBatch([image], 5, new Random(0))).toThrow(/no crop of 5 x 5/);
});

test('stack joins along a new first axis', () => {
  expect(stack([tensor([2], [1, 2]), tensor([2], [3, 4])])).toEqual(tensor([2, 2], [1, 2, 3, 4]));
});

test('a source gives the same image for the same number, and another for another number or seed', async () => {
  for (const [make, channels] of [
    [phantomSource, 1],
    [photographSource, 3],
  ] as const) {
    const image = await make(1, 32)(7);
    expect(image.shape).toEqual([channels, 32, 32]);
    expect(await make(1, 32)(7)).toEqual(image);
    expect((await make(1, 32)(8)).data).not.toEqual(image.data);
    expect((await make(2, 32)(7)).data).not.toEqual(image.data);
  }
});

test('a mixed source draws from both in the share asked for, the same by the same number', async () => {
  const source = mix(
    async (index) => tensor([1, 1, 1], [index]),
    async (index) => tensor([1, 1, 1], [-index - 1]),
    0.25,
    3,
  );
  const drawn = await Promise.all(Array.from({ length: 400 }, async (_, index) => (await source(index)).data[0]));
  const second = drawn.filter((value) => value < 0).length;
  expect(second).toBeGreaterThan(70);
  expect(second).toBeLessThan(130);
  expect(drawn.every((value, index) => value === index || value === -index - 1)).toBe(true);
  expect((await source(17)).data[0]).toBe(drawn[17]);
});
