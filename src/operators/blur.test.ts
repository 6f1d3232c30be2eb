import { describe, expect, test } from 'vitest';
import { constant, conv2d, evaluate, input, reflectPad, reshape } from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import { Random } from '../tensor/random.js';
import { mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import { gaussianBlur, gaussianTaps, kernelBlur, motionKernel, nonlinearBlur, type Operator, parseKernel } from './index.js';

const apply = (operator: Operator, x: Tensor) => evaluate({ y: operator.apply(input('x', x.shape)) }, { x }).y.data;
const point = (size: number, row: number, column: number) =>
  tensor(
    [1, 1, size, size],
    Array.from({ length: size * size }, (_, i) => (i === row * size + column ? 1 : 0)),
  );
const total = (data: Float32Array) => data.reduce((a, b) => a + b, 0);

describe('Gaussian', () => {
  test('61 x 61 at 3.0 is 25 wide, and the kernel that scipy makes', () => {
    const taps = gaussianTaps();
    expect(taps.length).toBe(25);
    // half of a row of scipy.ndimage.gaussian_filter(point, 3.0), summing to 1
    const half = [4.46113427726488e-5, 1.6009476589197758e-4, 5.141076058219727e-4, 1.477324778400407e-3, 3.798769940305482e-3];
    half.push(8.740878047691292e-3, 1.7997500190860556e-2, 3.315998842086742e-2, 5.4671578245654065e-2, 8.065919989878699e-2);
    half.push(0.1064856940272447, 0.12579798346031065, 0.1329845385507837);
    half.forEach((value, i) => {
      expect(taps[i]).toBeCloseTo(value, 12);
      expect(taps[24 - i]).toBeCloseTo(value, 12);
    });
  });

  test('equals the blur by its kernel as a convolution, edges and all', () => {
    const taps = gaussianTaps({ std: 1.2 });
    const n = taps.length;
    const kernel = tensor(
      [n, n],
      Array.from({ length: n * n }, (_, i) => taps[Math.floor(i / n)] * taps[i % n]),
    );
    const x = new Random(1).normals([2, 3, 14, 12]);
    const [a, b] = [apply(gaussianBlur([3, 14, 12], { std: 1.2 }), x), apply(kernelBlur([3, 14, 12], kernel), x)];
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i], 6);
    });
  });

  test('edges mirror without repeating the edge pixel', () => {
    // taps (1, 2, 1) / 4 at the first pixel: half of itself, half of its one neighbour
    const kernel = tensor([1, 3], [0.25, 0.5, 0.25]);
    const y = apply(kernelBlur([1, 3, 3], kernel), tensor([1, 1, 3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]));
    expect(y).toBeNear([0.5, 0.25, 0, 0.5, 0.5, 0.5, 0, 0.25, 0.5], { absolute: 5e-7 });
  });

  test('impossible blurs are refused', () => {
    expect(() => gaussianBlur([3, 20, 64])).toThrow(/25 pixels wide, but the image is 20 x 64/);
    expect(() => gaussianBlur([3, 64, 64], { size: 60 })).toThrow(/odd/);
    for (const std of [0, -1, Number.NaN, Infinity]) expect(() => gaussianBlur([3, 64, 64], { std })).toThrow(UserError);
    expect(() => gaussianBlur([3, 1, 1])).toThrow(/1 x 1/);
  });
});

describe('any kernel', () => {
  test('a bright point becomes the kernel as it is drawn', () => {
    const kernel = tensor([3, 5], [0, 0, 0, 0, 0.5, 0, 0, 0.25, 0, 0, 0.25, 0, 0, 0, 0]);
    const y = apply(kernelBlur([1, 9, 9], kernel), point(9, 4, 4));
    for (let row = 0; row < 9; row++)
      for (let column = 0; column < 9; column++) {
        const [i, j] = [row - 3, column - 2];
        expect(y[row * 9 + column]).toBeCloseTo(i >= 0 && i < 3 && j >= 0 && j < 5 ? kernel.data[i * 5 + j] : 0, 6);
      }
  });

  test('equals a convolution of the padded image, even and odd sides alike', () => {
    for (const [height, width] of [
      [8, 9],
      [9, 10],
      [7, 7],
    ]) {
      const kernel = parseKernel(mapTensor(new Random(1).normals([5, 7]), Math.abs)).kernel;
      const x = new Random(2).normals([2, 3, height, width]);
      const planes = reflectPad(reshape(constant(x), [6, 1, height, width]), [0, 0, 2, 3], [0, 0, 2, 3]);
      const turned = constant(tensor([1, 1, 5, 7], kernel.data.slice().reverse()));
      const { expected } = evaluate({ expected: conv2d(planes, turned) });
      apply(kernelBlur([3, height, width], kernel), x).forEach((value, i) => {
        expect(value).toBeCloseTo(expected.data[i], 6);
      });
    }
  });

  test('a kernel out of a file is scaled, with a notice; one that sums to 1 keeps its bits', () => {
    const { kernel, notices } = parseKernel(tensor([1, 1, 3, 3], [0, 0, 0, 0, 0.6, 0.6, 0, 0, 0.8]));
    expect(kernel.shape).toEqual([3, 3]);
    expect(total(kernel.data)).toBeCloseTo(1, 6);
    expect(notices).toEqual(['The blur kernel summed to 2; it was scaled to 1, which keeps brightness.']);
    const made = motionKernel(new Random(3));
    const again = parseKernel(made);
    expect(again.kernel.data).toEqual(made.data);
    expect(again.notices).toEqual([]);
  });

  test('a ground that is not black, or an inverted kernel, is told by the border', () => {
    const path = (ground: number, light: number, side = 41) =>
      tensor(
        [side, side],
        Array.from({ length: side * side }, (_, i) =>
          Math.floor(i / side) === side >> 1 && Math.abs((i % side) - (side >> 1)) < 6 ? light : ground,
        ),
      );
    const told = (kernel: ReturnType<typeof tensor>) => parseKernel(kernel).notices.filter((notice) => !notice.includes('summed to'));
    expect(told(path(0, 1))).toEqual([]);
    expect(told(path(3 / 255, 1))).toEqual([expect.stringMatching(/border that is not black, and 6\d % of its light/)]);
    expect(told(path(1, 0))).toEqual([expect.stringMatching(/inverted/)]);
    expect(told(path(0.9, 0.1))).toEqual([expect.stringMatching(/inverted/)]);
    const taps = Array.from(gaussianTaps({ size: 25, std: 3 }));
    const gaussian = taps.flatMap((a) => taps.map((b) => a * b));
    expect(told(tensor([25, 25], gaussian))).toEqual([]);
    expect(told(tensor([9, 9], new Array(81).fill(1 / 81)))).toEqual([]); // a rectangle is a blur
    expect(told(tensor([3, 3], [1, 2, 1, 2, 4, 2, 1, 2, 1]))).toEqual([]); // too small to have a ground
    expect(told(motionKernel(new Random(3), { size: 31, intensity: 0.5 }))).toEqual([]);
  });

  test('what is no kernel is refused', () => {
    const of = (shape: number[], fill: number) => tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(fill));
    expect(() => parseKernel(of([4, 5], 1))).toThrow(/4 x 5: both sides must be odd/);
    expect(() => parseKernel(of([3, 3], 0))).toThrow(/zero everywhere/);
    expect(() => parseKernel(of([3, 3], -1))).toThrow(/holds -1/);
    expect(() => parseKernel(of([3, 3], Number.NaN))).toThrow(/holds NaN/);
    expect(() => parseKernel(of([3, 5, 5], 1))).toThrow(/one grey image/);
    expect(() => parseKernel(of([5], 1))).toThrow(/one grey image/);
    expect(() => kernelBlur([1, 5, 9], of([7, 7], 1))).toThrow(/7 x 7, larger than the image of 5 x 9/);
  });
});

describe('motion', () => {
  test('a kernel of light: none negative, sum 1, centred, the same for the same seed', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { data, shape } = motionKernel(new Random(seed));
      expect(shape).toEqual([61, 61]);
      expect(total(data)).toBeCloseTo(1, 5);
      expect(Math.min(...data)).toBe(0);
      const mean = (of: (i: number) => number) => data.reduce((sum, value, i) => sum + value * of(i), 0);
      expect(Math.abs(mean((i) => i % 61) - 30)).toBeLessThan(4); // but for what leaves the frame
      expect(Math.abs(mean((i) => Math.floor(i / 61)) - 30)).toBeLessThan(4);
    }
    expect(motionKernel(new Random(4))).toEqual(motionKernel(new Random(4)));
    expect(motionKernel(new Random(5))).not.toEqual(motionKernel(new Random(4)));
  });

  test('straight without intensity, crooked with it', () => {
    /** The smaller over the larger spread of the light about its centre: 0 for a line. */
    const roundness = (kernel: Tensor) => {
      const [, n] = kernel.shape;
      const moment = (p: number, q: number) =>
        kernel.data.reduce((sum, value, i) => sum + value * ((i % n) - (n - 1) / 2) ** p * (Math.floor(i / n) - (n - 1) / 2) ** q, 0);
      const [a, b, c] = [moment(2, 0), moment(1, 1), moment(0, 2)];
      const root = Math.hypot((a - c) / 2, b);
      return ((a + c) / 2 - root) / ((a + c) / 2 + root);
    };
    const mean = (intensity: number) => {
      const kernels = Array.from({ length: 30 }, (_, seed) => motionKernel(new Random(seed), { intensity, size: 41 }));
      return kernels.reduce((sum, kernel) => sum + roundness(kernel), 0) / kernels.length;
    };
    expect(mean(0)).toBeLessThan(0.05);
    expect(mean(0.8)).toBeGreaterThan(3 * mean(0));
  });

  test('impossible kernels are refused', () => {
    for (const options of [{ size: 60 }, { size: 1 }, { size: 2.5 }, { intensity: -0.1 }, { intensity: 1.1 }, { intensity: Number.NaN }])
      expect(() => motionKernel(new Random(0), options)).toThrow(UserError);
  });
});

describe('of light, not of pictures', () => {
  const delta = tensor([3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0]);
  const still = (x: number, exposure: number) =>
    apply(nonlinearBlur([1, 3, 3], delta, { exposure }), tensor([1, 1, 3, 3], new Float32Array(9).fill(x)))[4];

  test('a camera held still gives the picture back up to the knee, and rises without end above', () => {
    for (const x of [-1.2, -1, -0.95, -0.3, 0, 0.5, 0.79]) expect(still(x, 1)).toBeCloseTo(x, 5); // light 0.78 at x = 0.79
    let last = still(0.79, 1);
    for (const x of [0.85, 1, 1.5, 2]) {
      expect(still(x, 1)).toBeGreaterThan(last);
      last = still(x, 1);
    }
    expect(last).toBeLessThan(1);
    expect(still(-0.3, 1.5)).toBeGreaterThan(-0.3);
  });

  test('a lamp leaves a brighter streak than a blurred picture of it', () => {
    const kernel = tensor([1, 3], [1, 1, 1]);
    const x = tensor([1, 1, 3, 5], new Float32Array(15).fill(-1));
    x.data[7] = 1;
    const [light, picture] = [nonlinearBlur([1, 3, 5], kernel, { exposure: 1 }), kernelBlur([1, 3, 5], kernel)].map((o) => apply(o, x)[6]);
    expect(picture).toBeCloseTo(-1 / 3, 5);
    expect(light).toBeCloseTo(2 * (1.055 * 3 ** (-1 / 2.4) - 0.055) - 1, 5);
  });

  test('impossible cameras are refused', () => {
    for (const options of [{ exposure: 0 }, { exposure: Number.NaN }, { knee: 1 }, { knee: -0.5 }])
      expect(() => nonlinearBlur([1, 3, 3], delta, options)).toThrow(UserError);
  });
});
