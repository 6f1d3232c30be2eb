import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../tensor/tensor.js';
import { type Layout, layoutFault, readStrided } from './strided.js';

const storage = Float32Array.from({ length: 60 }, (_, i) => i);
const read = (
  layout: Layout,
  read = async (offset: number, length: number) => new Uint8Array(storage.buffer.slice(offset, offset + length)),
) => readStrided(layout, 'F32', read);

const layouts = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 12 })), { maxLength: 4 })
  .chain((axes) =>
    fc.record({ offset: fc.nat(20), shape: fc.constant(axes.map(([n]) => n)), stride: fc.constant(axes.map(([, s]) => s)) }),
  );

test('element i, j, ... is element offset + i stride0 + j stride1 ... of the storage, or the layout has a fault', async () => {
  let sound = 0;
  await fc.assert(
    fc.asyncProperty(layouts, async (layout) => {
      const wanted: number[] = [];
      const walk = (axis: number, at: number): void => {
        if (axis === layout.shape.length) wanted.push(at);
        else for (let i = 0; i < layout.shape[axis]; i++) walk(axis + 1, at + i * layout.stride[axis]);
      };
      walk(0, layout.offset);
      const inside = wanted.every((at) => at < storage.length);
      expect(layoutFault(layout, storage.length) === undefined).toBe(inside);
      if (!inside) return;
      sound++;
      const got = await read(layout);
      expect(got.shape).toEqual(layout.shape);
      expect([...got.data]).toEqual(wanted);
    }),
    { numRuns: 300, seed: 1 },
  );
  expect(sound).toBeGreaterThan(150);
});

test('only the bytes from the first to the last element are read', async () => {
  const ranges: [number, number][] = [];
  await read({ offset: 7, shape: [3, 2], stride: [10, 1] }, async (offset, length) => {
    ranges.push([offset, length]);
    return new Uint8Array(storage.buffer.slice(offset, offset + length));
  });
  expect(ranges).toEqual([[28, 88]]);
});

describe('faults, found without allocating', () => {
  const cases: [string, Layout, number, RegExp][] = [
    ['one element too far', { offset: 1, shape: [60], stride: [1] }, 60, /reaches element 61 of a storage of 60/],
    ['an offset far away', { offset: 2 ** 52, shape: [1], stride: [1] }, 60, /reaches/],
    ['a stride far away', { offset: 0, shape: [2], stride: [2 ** 53 - 1] }, 60, /reaches/],
    ['terabytes out of one number', { offset: 0, shape: [2 ** 20, 2 ** 20], stride: [0, 0] }, 1, /repeats the 1 elements/],
    ['sizes whose product is infinite', { offset: 0, shape: new Array(64).fill(2 ** 53 - 1), stride: new Array(64).fill(0) }, 1, /repeats/],
    ['more than can be held', { offset: 0, shape: [2 ** 30], stride: [1] }, 2 ** 31, /can be held/],
    ['a span that is more than can be held', { offset: 0, shape: [2], stride: [2 ** 30] }, 2 ** 31, /can be held/],
  ];
  test.each(cases)('%s', (_, layout, elements, fault) => {
    expect(layoutFault(layout, elements)).toMatch(fault);
  });

  test('an expanded tensor of a sensible size is sound', () => {
    expect(layoutFault({ offset: 0, shape: [1000, 1000], stride: [0, 0] }, 1)).toBeUndefined();
    expect(sizeOf([1000, 1000])).toBe(1e6);
  });
});
