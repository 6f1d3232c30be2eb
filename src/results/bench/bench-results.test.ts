import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../experiments/bench/run-spec.js';
import { noCounts } from '../../solvers/index.js';
import { tensor } from '../../tensor/tensor.js';
import { benchReportHtml } from './bench-report.js';
import { chartsOf } from './charts.js';
import { type ComparedCell, compareBenches } from './compare.js';
import { packPicture } from './packed-picture.js';
import { paperRows } from './papers.js';
import { type BenchCell, summarise } from './summary.js';
import { csvOf, latexTables, markdownTables } from './tables.js';

const record = (id: string, psnr: number, more: Partial<RunRecord> = {}): RunRecord => ({
  id,
  psnr,
  ssim: psnr / 50,
  residual: 1,
  counts: noCounts(),
  seconds: 10 - psnr / 10,
  peakMemoryMB: 100,
  threads: 2,
  versions: {},
  image: '',
  ...more,
});
const document = parseHTML('<html><body></body></html>').document as unknown as Document;
const table = 'abdomen phantoms: CT, 5 % & more';
const cell = (column: string, image: string, psnr: number, more?: Partial<BenchCell>): BenchCell => ({
  table,
  column,
  image,
  record: record(`${column} ${image}`, psnr),
  ...more,
});
const cells = [
  ...[30, 32, 35].map((psnr, i) => cell('ReSample', `i${i}`, psnr)),
  ...[28, 31, 33].map((psnr, i) => cell('TV', `i${i}`, psnr)),
  ...[40, 41].map((psnr, i) => cell('=half', `i${i}`, psnr)),
];
const planned = [{ name: table, columns: ['ReSample', 'TV', '=half', 'never run'], reference: 'ReSample' }];
const tables = summarise(planned, cells);

describe('the summary', () => {
  test('means, paired differences to the reference, and the best of what has every image', () => {
    const [{ rows, best }] = tables;
    expect(rows.map(({ column, n }) => [column, n])).toEqual([
      ['ReSample', 3],
      ['TV', 3],
      ['=half', 2],
    ]);
    expect(rows[0].values.psnr.mean).toBeCloseTo(97 / 3);
    expect(rows[1].differences.psnr.mean).toBeCloseTo((-2 - 1 - 2) / 3);
    expect(rows[1].differences.psnr.low).toBeGreaterThanOrEqual(-2);
    expect(rows[1].differences.psnr.high).toBeLessThanOrEqual(-1);
    expect(rows[0].differences).toEqual({});
    expect(best.psnr).toEqual(['ReSample', 'TV']);
    expect(best.seconds).toEqual(['ReSample', 'TV']);
  });

  test('a figure that one image lacks has no mean; counts that are nought everywhere are left out', () => {
    const partly = [cell('TV', 'a', 30), { ...cell('TV', 'b', 31), record: record('x', 31, { ssim: undefined }) }];
    const [{ rows, figures }] = summarise(planned, partly);
    expect(rows[0].values.ssim).toBeUndefined();
    expect(figures.map(({ key }) => key)).toEqual(['psnr', 'residual', 'seconds', 'memory']);
  });

  test('LPIPS stands among the figures where it was measured', () => {
    const distances = new Map(cells.map(({ record: { id } }) => [id, { alex: 0.25 }]));
    const [{ rows, figures }] = summarise(planned, cells, distances);
    expect(figures.map(({ key }) => key)).toContain('lpips-alex');
    expect(rows[0].values['lpips-alex'].mean).toBe(0.25);
  });
});

describe('tables', () => {
  test('Markdown: best and second marked, incomplete rows told, the paper beside', () => {
    const markdown = markdownTables(tables, paperRows('table3'));
    expect(markdown).toContain('| ReSample | **32.33 ± 2.52** |');
    expect(markdown).toContain('| TV | _30.67 ± 2.52_ |');
    expect(markdown).toContain('| =half (2 of 3) | 40.50 ± 0.71 |');
    expect(markdown).toContain('35.91, 0.965');
    expect(markdown).toMatch(/\| TV \| -1\.67 \(-2\.00 to -1\.00\)/);
  });

  test('LaTeX: what is a command there is escaped', () => {
    const latex = latexTables(tables);
    expect(latex).toContain('\\caption{abdomen phantoms: CT, 5 \\% \\& more}');
    expect(latex).toContain('\\textbf{32.33 $\\pm$ 2.52}');
    expect(latex).toContain('\\underline{30.67 $\\pm$ 2.52}');
    expect(latex).toContain('sigma\\textasciicircum{}2');
  });

  test('CSV: fields as RFC 4180 has them, and no formula', () => {
    const lines = csvOf(tables).split('\r\n');
    expect(lines[0]).toBe('table,method,image,psnr,ssim,residual,seconds,memory,run');
    expect(lines[1].startsWith('"abdomen phantoms: CT, 5 % & more",ReSample,i0,30,')).toBe(true);
    expect(lines.find((line) => line.includes("'=half"))).toBeDefined();
    expect(lines).toHaveLength(1 + cells.length + 1);
  });
});

describe('plots', () => {
  test('time and residual where there are three methods, a curve where a number was varied', () => {
    const varied = [1, 10, 100].map((gamma, i) => cell(`g ${gamma}`, 'a', 30 + i, { varied: { gamma } }));
    const [summary] = summarise([{ name: table, columns: varied.map(({ column }) => column), reference: 'g 1' }], varied);
    const charts = chartsOf(summary, document);
    expect(charts.map(({ title }) => title)).toEqual(['PSNR by gamma', 'What time buys', 'How well the measurement is fitted']);
    for (const { svg } of charts) expect(svg).toMatch(/^<svg .*<\/svg>$/s);
    const words = [1, 10].map((gamma) => cell(`g ${gamma}`, 'a', 30, { varied: { mapping: `m${gamma}` } }));
    expect(chartsOf(summarise([{ name: table, columns: ['g 1', 'g 10'], reference: 'g 1' }], words)[0], document)).toEqual([]);
  });
});

test('a grey picture keeps half a HU in eight bits a channel; a colour one stays as it is', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => -1.001 + i * 0.002002);
  const { data } = packPicture(tensor([1, 1, 10, 100], values));
  const byte = (i: number) => Math.round(((data[i] + 1) / 2) * 255);
  for (let i = 0; i < 1000; i++) {
    const read = (((byte(i) << 4) | (byte(1000 + i) >> 4)) / 4095) * 2 - 1;
    expect(Math.abs(read - Math.min(1, Math.max(-1, values[i])))).toBeLessThan(0.00025);
  }
  const colour = tensor([1, 3, 2, 2], values.slice(0, 12));
  expect(packPicture(colour).data).toEqual(colour.data);
});

test('the report loads nothing, and text in it is text', () => {
  const html = benchReportHtml(
    {
      title: '<script>alert(1)</script>',
      command: 'posteriori bench x',
      created: '2026-01-01',
      tables,
      walls: new Map([
        [table, { rows: [{ image: 'i0', pictures: [{ title: 'truth', png: 'data:image/png;base64,AA', kind: 'grey', truth: true }] }] }],
      ]),
      paper: [],
      settings: [['a', '<b>']],
    },
    document,
  );
  expect(html).not.toContain('<script>alert');
  expect(html).toContain('&lt;b&gt;');
  expect(html).not.toMatch(/(src|href)="https?:/);
  expect(html).toContain('class="number best"');
});

test('two benches: pairs of one measurement alone are compared', () => {
  const of = (psnr: number, image: string, problem = image): ComparedCell => ({ ...cell('TV', image, psnr), problem });
  const { markdown, pairs, unpaired } = compareBenches(
    [of(30, 'a'), of(31, 'b'), of(32, 'c'), of(33, 'd')],
    [of(31, 'a'), of(32, 'b'), of(33, 'c'), of(90, 'd', 'another measurement')],
    ['old', 'new'],
  );
  expect([pairs, unpaired]).toEqual([3, 2]);
  expect(markdown).toContain('| PSNR, dB | 31.00 ± 1.00 | 32.00 ± 1.00 | +1.00 (+1.00 to +1.00) |');
});
