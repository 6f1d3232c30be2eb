import { expect, test } from 'vitest';
import { heldOutPhantom, heldOutPhotograph } from './held-out.js';

test('held-out images: numbered, repeatable, apart in every set', () => {
  for (const [make, channels] of [
    [heldOutPhantom, 1],
    [heldOutPhotograph, 3],
  ] as const) {
    const { image, seed } = make('test', 3, 32);
    expect(image.shape).toEqual([1, channels, 32, 32]);
    expect(seed).toBe(1_000_003);
    expect(make('test', 3, 32).image).toEqual(image);
    for (const other of [make('test', 4, 32), make('tuning', 3, 32), make('demo', 3, 32)]) expect(other.image.data).not.toEqual(image.data);
  }
});
