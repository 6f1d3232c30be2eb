import { expect, test } from 'vitest';
import { gaussianNoise, type ParallelGeometry, parseGeometry } from '../operators/index.js';
import { closedFormSinogram } from '../operators/testing/ellipses.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { CompiledGraphs } from '../solvers/index.js';
import { defaultPreset, findMethod, resolveOptions } from '../solvers/methods/index.js';
import { Random } from '../tensor/random.js';
import { takeMeasurement } from './problem.js';
import { solve } from './solve.js';
import { withSurroundings } from './surroundings.js';
import { ctSetup } from './tasks/index.js';

const angles = Array.from({ length: 60 }, (_, k) => (k * Math.PI) / 60);
const narrow = parseGeometry({ size: [128, 128], pixelSize: 0.1, angles, bins: 128, binSize: 0.1, axis: 63.5 });
const covering = parseGeometry({ ...narrow, bins: 201, axis: 100 });

/** A disc of 0.2 per cm and 16 cm across, on an image of 12.8: mean within, and the farthest from it at the border, per cm. */
async function discBy(name: string, geometry: ParallelGeometry): Promise<{ inner: number; border: number }> {
  const runtime = await createNodeRuntime({ threads: 1 });
  try {
    const clean = closedFormSinogram([{ x: 0, y: 0, a: 8, b: 8, mu: 0.2, tilt: 0 }], geometry);
    const scene = withSurroundings(takeMeasurement(gaussianNoise(clean, 0.01, new Random(2)), ctSetup(geometry), 0.01));
    const method = findMethod(name);
    const setting = { method, preset: defaultPreset(method), options: resolveOptions(method) };
    const lane = { runtime, graphs: new CompiledGraphs(runtime) };
    const { image } = await solve(scene, setting, { lanes: [lane], random: () => new Random(0) });
    expect(image.shape).toEqual([1, 1, 128, 128]);
    const mu = (i: number, j: number) => 0.2 * (image.data[i * 128 + j] + 1);
    let [inner, border] = [0, 0];
    for (let i = 44; i < 84; i++) for (let j = 44; j < 84; j++) inner += mu(i, j) / 1600;
    for (const edge of [0, 127]) {
      let mean = 0;
      for (let i = 44; i < 84; i++) mean += mu(i, edge) / 40;
      border = Math.max(border, Math.abs(mean - 0.2));
    }
    return { inner, border };
  } finally {
    await runtime.dispose();
  }
}

test.each([
  ['fbp', 'the detector', narrow, 0.02],
  ['fbp', 'the image', covering, 0.02],
  ['cgls', 'the detector', narrow, 0.06],
  ['cgls', 'the image', covering, 0.02],
  ['tv', 'the detector', narrow, 0.06],
] as const)('%s of a disc wider than %s comes out right, and has no bright border', async (method, _, geometry, tolerance) => {
  const { inner, border } = await discBy(method, geometry);
  expect(Math.abs(inner / 0.2 - 1)).toBeLessThan(tolerance);
  expect(border).toBeLessThan(0.05);
});

test('an object within image and detector, and a simulated one, stay as they are', () => {
  const y = closedFormSinogram([{ x: 0, y: 0, a: 5, b: 5, mu: 0.2, tilt: 0 }], narrow);
  const problem = takeMeasurement(y, ctSetup(narrow), 0.01);
  expect(withSurroundings(problem)).toEqual({ problem });
});

test('a larger image that cannot be held is not made, and that is told', () => {
  // the side as large as may be
  const views = Array.from({ length: 20 }, (_, k) => (k * Math.PI) / 20);
  const large = parseGeometry({ size: [8192, 8192], pixelSize: 32 / 8192, angles: views, bins: 320, binSize: 0.1, axis: 159.5 });
  const y = closedFormSinogram([{ x: 0, y: 0, a: 26, b: 26, mu: 0.2, tilt: 0 }], large);
  const scene = withSurroundings(takeMeasurement(y, ctSetup(large), 0.01));
  expect(scene.region).toBeUndefined();
  expect(scene.notice).toMatch(/cannot be made/);
});
