import { expect, test } from 'vitest';
import { type Expr, evaluate, input } from '../graph/index.js';
import { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { atSize } from './at-size.js';
import { inTiles } from './in-tiles.js';
import { convolutionalPrior, pointwisePrior } from './testing/small-priors.js';

const tiling = { tile: 16, overlap: 8 };
const convolutional = convolutionalPrior(1);

/** A graph of one input at a value. */
function at(x: Tensor, build: (x: Expr) => Expr): Float64Array {
  return evaluate({ out: build(input('x', x.shape)) }, { x }).out.data;
}

test('shapes are of the whole image, tiles of the prior', () => {
  const tiled = inTiles(convolutional, 40, 24, tiling);
  expect([tiled.imageShape, tiled.latentShape]).toEqual([
    [1, 40, 24],
    [2, 10, 6],
  ]);
  const { prior, latents, pixels } = tiled.tiles!;
  expect(prior).toBe(convolutional);
  expect(latents.tiles.map(({ top, left }) => [top, left])).toEqual([0, 2, 4, 6].flatMap((top) => [0, 2].map((left) => [top, left])));
  expect(pixels.tiles.map(({ top, left }) => [top, left])).toEqual(latents.tiles.map(({ top, left }) => [4 * top, 4 * left]));
  expect([pixels.height, pixels.width, pixels.tileHeight, pixels.tileWidth]).toEqual([40, 24, 16, 16]);
});

test('along a short axis a tile is as long as the image; an image of one tile is not tiled', () => {
  expect(inTiles(convolutional, 8, 32, tiling).tiles!.prior.imageShape).toEqual([1, 8, 16]);
  const small = inTiles(convolutional, 16, 8, tiling);
  expect(small.tiles).toBeUndefined();
  expect(small.imageShape).toEqual([1, 16, 8]);
});

test('where every position is by itself, tiles say what the whole says, for several images at once', () => {
  const prior = pointwisePrior(0.4);
  const [tiled, whole] = [inTiles(prior, 40, 24, tiling), atSize(prior, 40, 24)];
  const random = new Random(2);
  const [z, x, t] = [random.normals([2, 1, 10, 6]), random.normals([2, 1, 40, 24]), tensor([2], [100, 900])];
  const graphs = (of: typeof tiled) => {
    const [latent, image] = [input('z', z.shape), input('x', x.shape)];
    return evaluate({ epsilon: of.epsilon(latent, input('t', [2])), decode: of.decode(latent), encode: of.encode(image) }, { z, x, t });
  };
  const [a, b] = [graphs(tiled), graphs(whole)];
  for (const key of ['epsilon', 'decode', 'encode'] as const) {
    expect(a[key].shape).toEqual(b[key].shape);
    expect(a[key].data).toBeNear(b[key].data, { absolute: 5e-7 });
  }
});

test('a network of neighbours is blended: the tile alone where it is alone, the weighted mean where tiles meet', () => {
  const { tiles, ...tiled } = inTiles(convolutional, 24, 16, tiling);
  const z = new Random(3).normals([1, 2, 6, 4]);
  const part = (top: number): Tensor =>
    tensor(
      [1, 2, 4, 4],
      Array.from({ length: 32 }, (_, i) => z.data[Math.floor(i / 16) * 24 + top * 4 + (i % 16)]),
    );
  for (const decode of ['decode', 'decodeContinuous'] as const) {
    const whole = at(z, (e) => tiled[decode]!(e));
    const [first, second] = [0, 2].map((top) => at(part(top), (e) => convolutional[decode]!(e)));
    for (let row = 0; row < 24; row++) {
      const share = Math.min(1, Math.max(0, (15.5 - row) / 8)); // of the first tile, whose overlap is rows 8 to 15
      for (let column = 0; column < 16; column++) {
        const expected =
          (share > 0 ? share * first[row * 16 + column] : 0) + (share < 1 ? (1 - share) * second[(row - 8) * 16 + column] : 0);
        expect(whole[row * 16 + column]).toBeCloseTo(expected, 6);
      }
    }
  }
});

test('a prior of one size takes tiles of that size', () => {
  const fixed = { ...convolutional, sizeMultiple: undefined };
  expect(inTiles(fixed, 36, 20, tiling).imageShape).toEqual([1, 36, 20]);
  expect(() => inTiles(fixed, 36, 20, { tile: 8, overlap: 4 })).toThrow(/only 16 x 16/);
});

test('what has been put in tiles stays at its size', () => {
  expect(() => atSize(inTiles(convolutional, 40, 24, tiling), 48, 24)).toThrow(/only 40 x 24/);
});

test.each([
  ['tile', 40, 24, { tile: 20, overlap: 8 }, /tiles of 20 pixels.*multiple of 8/],
  ['tile', 40, 24, { tile: 0, overlap: 0 }, /tiles of 0 pixels.*multiple of 8/],
  ['overlap', 40, 24, { tile: 16, overlap: 16 }, /overlap by 16.*multiple of 4 and less than the tile/],
  ['overlap', 40, 24, { tile: 16, overlap: 6 }, /overlap by 6.*multiple of 4/],
  ['overlap', 40, 24, { tile: 16, overlap: -4 }, /overlap by -4.*multiple of 4/],
  ['side', 42, 24, tiling, /42 x 24 pixels.*multiples of 8.*resize/],
])('a %s that does not suit is refused with what does', (_, height, width, options, message) => {
  expect(() => inTiles(convolutional, height, width, options)).toThrow(message);
});
