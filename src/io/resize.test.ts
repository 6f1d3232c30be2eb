import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import { type ResizeFilter, resize } from './resize.js';

const ramp = (height: number, width: number) =>
  tensor(
    [1, height, width],
    Float32Array.from({ length: height * width }, (_, i) => i),
  );

// Outputs of MATLAB's imresize (bicubic, antialiased) on images that count 0, 1, 2, ... row by row.
test('bicubic equals MATLAB imresize', () => {
  expect(resize(ramp(8, 8), [2, 2]).data).toBeNear([12.3837890625, 16.6318359375, 46.3681640625, 50.6162109375], { absolute: 5e-6 });
  expect(resize(ramp(8, 8), [4, 4]).data.subarray(0, 4)).toBeNear([4.04296875, 6.08203125, 8.10546875, 10.14453125], { absolute: 5e-6 });
  expect(resize(ramp(4, 4), [3, 3]).data).toBeNear(
    [0.75055187638, 2.10044150111, 3.45033112583, 6.15011037528, 7.5, 8.84988962472, 11.54966887417, 12.8995584989, 14.24944812362],
    { absolute: 5e-6 },
  );
  expect(resize(ramp(15, 15), [5, 5]).data.subarray(0, 5)).toBeNear(
    [14.41975308642, 17.50617283951, 20.51851851852, 23.53086419753, 26.61728395062],
    { absolute: 5e-6 },
  );
  expect(resize(ramp(8, 8), [5, 7]).data.subarray(14, 21)).toBeNear(
    [28.064065355, 29.198677615, 30.348381601, 31.5, 32.651618399, 33.801322385, 34.935934645],
    { absolute: 5e-6 },
  );
  expect(resize(ramp(8, 8), [11, 13]).data.subarray(26, 30)).toBeNear([10.467791824, 10.898122957, 11.583916084, 12.199300699], {
    absolute: 5e-6,
  });
});

test('area: halving takes the mean of 2 x 2, any ratio the covered area, and every channel by itself', () => {
  expect(resize(ramp(4, 4), [2, 2], 'area').data).toBeNear([2.5, 4.5, 10.5, 12.5], { absolute: 5e-6 });
  expect(resize(tensor([1, 1, 3], [0, 3, 9]), [1, 2], 'area').data).toBeNear([1, 7], { absolute: 5e-6 }); // (0 + 3/2) / 1.5, (3/2 + 9) / 1.5
  expect(resize(tensor([2, 1, 2], [0, 2, 10, 20]), [1, 1], 'area').data).toBeNear([1, 15], { absolute: 5e-6 });
  expect(resize(tensor([1, 1, 2], [0, 6]), [1, 3], 'area').data).toBeNear([0, 3, 6], { absolute: 5e-6 });
});

const image = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([h, w]) =>
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: h * w, maxLength: h * w }).map((data) => tensor([1, h, w], data)),
  );
const side = fc.integer({ min: 1, max: 12 });

test('area keeps the mean and the range; its own size changes nothing; constants stay', () => {
  const mean = (data: Float32Array) => data.reduce((a, b) => a + b, 0) / data.length;
  fc.assert(
    fc.property(image, side, side, (x, height, width) => {
      const y = resize(x, [height, width], 'area');
      expect(mean(y.data)).toBeCloseTo(mean(x.data), 5);
      expect(Math.max(...y.data)).toBeLessThanOrEqual(Math.max(...x.data) + 1e-6);
      for (const filter of ['area', 'bicubic'] satisfies ResizeFilter[]) {
        expect(resize(x, [x.shape[1], x.shape[2]], filter).data).toBeNear([...x.data], { absolute: 5e-6 });
        for (const value of resize(
          tensor(
            x.shape,
            x.data.map(() => 0.7),
          ),
          [height, width],
          filter,
        ).data)
          expect(value).toBeCloseTo(0.7, 6);
      }
    }),
    { numRuns: 40 },
  );
});

test('what is no image or size is refused', () => {
  expect(() => resize(tensor([4, 4]), [2, 2])).toThrow(RangeError);
  expect(() => resize(ramp(4, 4), [0, 2])).toThrow(RangeError);
});

test.each(['bicubic', 'area'] as const)('%s of a single pixel, row or column', (filter) => {
  for (const size of [
    [1, 1],
    [3, 5],
  ] as const)
    expect(resize(tensor([1, 1, 1], [0.25]), size, filter).data).toBeNear(new Array(size[0] * size[1]).fill(0.25), { absolute: 5e-6 });
  const row = resize(tensor([1, 1, 3], [0, 0.5, 1]), [2, 3], filter);
  expect(row.data).toBeNear([0, 0.5, 1, 0, 0.5, 1], { absolute: 5e-6 });
  expect(resize(tensor([1, 3, 1], [0, 0.5, 1]), [1, 1], filter).data).toBeNear([0.5], { absolute: 5e-6 });
});
