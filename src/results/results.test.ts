import { expect, test } from 'vitest';
import { findMethod, methods, presetsOf, resolveOptions } from '../solvers/methods/index.js';
import { tensor } from '../tensor/tensor.js';
import { errorMap } from './error-map.js';
import { formatManifest, type Manifest, parseManifest } from './manifest.js';
import { reportHtml } from './report.js';
import { residualChart } from './residual-chart.js';

const manifest: Manifest = {
  manifest: 1,
  created: '2024-01-01T00:00:00Z',
  task: 'ct',
  input: 'x.png',
  method: 'resample',
  preset: 'fast',
  options: resolveOptions(findMethod('resample')) as Manifest['options'],
  operator: { name: 'ct', geometry: { file: 'geometry.json', sha256: 'a' }, sigma: 0.01 },
  measurement: { file: 'measurement.npy', sha256: 'b', source: 'simulated' },
  seed: 0,
  device: 'cpu',
  threads: 2,
  versions: { node: '20' },
  result: { reconstruction: { file: 'reconstruction.npy', sha256: 'c' }, residual: 1e-4, seconds: 1, counts: { network: 20 } },
};

test('an exact result survives its file: its PSNR is infinite', () => {
  const exact = { ...manifest, result: { ...manifest.result, psnr: Number.POSITIVE_INFINITY, ssim: 1 } };
  expect(parseManifest(formatManifest(exact))).toEqual(exact);
});

test('a manifest survives its file, and its options resolve to themselves', () => {
  const back = parseManifest(formatManifest(manifest));
  expect(back).toEqual(manifest);
  for (const method of methods) {
    for (const preset of presetsOf(method)) {
      const options = resolveOptions(method, preset);
      expect(resolveOptions(method, preset, JSON.parse(JSON.stringify(options)))).toEqual(options);
    }
  }
  expect(() => parseManifest('{', 'm.json')).toThrow(/m\.json is not JSON/);
  expect(() => parseManifest(JSON.stringify({ ...manifest, seed: 'x' }))).toThrow(/seed/);
});

test('an error map is black where images agree and white beyond its scale', () => {
  const map = errorMap(tensor([1, 1, 1, 3], [0, 0, 5]), tensor([1, 1, 1, 3], [0, 0.02, 1]), 0.1);
  const pixel = (i: number) => [0, 1, 2].map((c) => map.data[3 * c + i]);
  expect(pixel(0)).toEqual([-1, -1, -1]);
  expect(pixel(2)).toEqual([-1, -1, -1]); // both clipped to 1
  expect(pixel(1)[0]).toBeGreaterThan(-0.9);
  expect(errorMap(tensor([1, 1, 1], [1]), tensor([1, 1, 1], [-1])).data[0]).toBe(1);
});

test('the chart places the noise line between residuals above and below it', () => {
  const svg = residualChart(
    [
      {
        label: 'm',
        points: [
          { step: 1, residual: 1e-2 },
          { step: 2, residual: 1e-5 },
        ],
      },
    ],
    1e-4,
  );
  const noise = Number(/noise-line"[^>]*y1="([\d.]+)"/.exec(svg)?.[1]);
  const [first, second] = [...svg.matchAll(/cy="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(first).toBeLessThan(noise);
  expect(second).toBeGreaterThan(noise);
  expect((second - first) / (noise - first)).toBeCloseTo(1.5, 1); // three decades against two
  expect(residualChart([{ label: 'm', points: [] }], 1e-4)).toBe('');
});

test('the report escapes what it is told and leaves out what it does not know', () => {
  const html = reportHtml({
    title: '<script>',
    subtitle: 'a & b',
    images: [{ title: '"x"', png: 'data:,' }],
    errors: [],
    noise: 1e-4,
    rows: [{ method: 'FBP', residual: 2e-4, seconds: 1, counts: { adjoint: 1, network: 0 } }],
    curves: [],
    settings: [['seed', '0']],
  });
  expect(html).toContain('<title>&lt;script&gt;</title>');
  expect(html.match(/<script/g)).toHaveLength(1); // the report's own, that zooms
  expect(html).toContain('a &amp; b');
  expect(html).toContain('alt="&quot;x&quot;"');
  expect(html).toContain('2.000'); // residual / noise
  expect(html).not.toContain('undefined');
  expect(html).not.toContain('Errors');
  expect(html).not.toContain('<th scope="col">network'); // nobody used one
});
