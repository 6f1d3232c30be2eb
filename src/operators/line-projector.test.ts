import { afterAll, describe, expect, test } from 'vitest';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { defaultGeometry, fanGeometry, fbp, type ScanGeometry } from './index.js';
import { projectOnes } from './line-kernels.js';
import { lineProjector } from './line-projector.js';
import { scanRays } from './scan-rays.js';

const runtimes = await Promise.all([1, 3].map((threads) => createNodeRuntime({ threads, worker: true })));
afterAll(async () => {
  for (const runtime of runtimes) await runtime.dispose();
});

const geometries: Array<[string, ScanGeometry]> = [
  ['parallel', { ...defaultGeometry({ size: 20, views: 13 }), size: [20, 31], axis: 11.2 }],
  ['a fan with wide bins', { ...fanGeometry({ size: 24, views: 9 }), bins: 13, axis: 6.3, binSize: 6 }],
];

describe.each(geometries)('on worker threads, %s', (_, geometry) => {
  const rays = scanRays(geometry, 0.2);
  const here = lineProjector(rays);
  const [height, width] = geometry.size;
  const m = geometry.angles.length * geometry.bins;
  const x = Float64Array.from(new Random(1).normals([height * width]).data);
  const y = Float64Array.from(new Random(2).normals([m]).data);

  test('the same bits whatever the threads', async () => {
    const [forward, adjoint] = [await here.forward(x), await here.adjoint(y)];
    const sinogram = tensor([1, geometry.angles.length, geometry.bins], y);
    const filtered = await fbp(sinogram, geometry);
    for (const { workers } of runtimes) {
      const there = lineProjector(rays, workers);
      expect(await there.forward(x)).toEqual(forward);
      expect(await there.adjoint(y)).toEqual(adjoint);
      expect(await there.forward(x)).toEqual(forward);
      expect(await fbp(sinogram, geometry, { workers })).toEqual(filtered);
    }
  });

  test('of an image of ones the short way is the long one', async () => {
    expect(projectOnes(rays)).toBeNear(await here.forward(new Float64Array(height * width).fill(1)), { absolute: 1e-12 });
  });
});

test('what goes wrong in a thread is heard, and the next job is done', async () => {
  const [{ workers }] = runtimes;
  const module = new URL('./line-kernels.js', import.meta.url.replace('/src/', '/dist/')).href;
  const broken = { module, args: {}, parts: 2, work: function noSuchFunction() {} };
  await expect(workers!.run(broken)).rejects.toThrow(/work is not a function/);
  const map = lineProjector(scanRays(geometries[0][1]), workers);
  expect((await map.forward(new Float64Array(20 * 31))).every((value) => value === 0)).toBe(true);
});
