import * as Plot from '@observablehq/plot';
import type { SummaryRow, SummaryTable } from './summary.js';

/* The plots of a table, as SVG: drawn here, so that a report shows them without a script. */

/** A plot with what it shows, in words. */
export interface Chart {
  readonly title: string;
  readonly svg: string;
}

/**
 * Seconds against PSNR, residual against PSNR, and a curve where one number was varied.
 * @param document makes the elements: the browser's, or one that Node brings
 */
export function chartsOf(table: SummaryTable, document: Document): Chart[] {
  return [...curves(table), ...scatters(table)].map(({ title, options }) => ({ title, svg: draw(options, document) }));
}

const SIZE = { width: 620, height: 340, marginLeft: 50, marginBottom: 40, marginTop: 30, insetLeft: 40, insetRight: 60, insetTop: 12 };

interface Drawing {
  readonly title: string;
  readonly options: Plot.PlotOptions;
}

interface Point {
  readonly column: string;
  readonly x: number;
  readonly psnr: number;
}

function scatters({ rows }: SummaryTable): Drawing[] {
  const points = (key: string): Point[] =>
    rows.flatMap(({ column, values }) => {
      const [x, psnr] = [values[key]?.mean, values.psnr?.mean];
      return x !== undefined && x > 0 && psnr !== undefined && Number.isFinite(psnr) ? [{ column, x, psnr }] : [];
    });
  const scatter = (key: string, title: string, label: string, marks: Plot.Markish[] = []): Drawing[] => {
    const data = points(key);
    if (data.length < 3) return [];
    const options: Plot.PlotOptions = {
      ...SIZE,
      grid: true,
      x: { type: 'log', label, tickFormat: '~g' },
      y: { label: 'PSNR, dB', nice: true },
      marks: [...marks, Plot.dot(data, { x: 'x', y: 'psnr', r: 3.5, fill: 'currentColor' }), ...labelsOf(data)],
    };
    return [{ title, options }];
  };
  return [
    ...scatter('seconds', 'What time buys', 'seconds of an image'),
    ...scatter('residual', 'How well the measurement is fitted', 'residual / sigma^2 (1: to the noise)', [
      Plot.ruleX([1], { strokeDasharray: '4 3' }),
    ]),
  ];
}

/** Names beside their points, by turns on one side and another, so that neighbours do not hide one another's. */
function labelsOf(data: readonly Point[]): Plot.Markish[] {
  const sides: Plot.TextOptions[] = [{ dy: -9 }, { dx: 7, textAnchor: 'start' }, { dy: 11 }, { dx: -7, textAnchor: 'end' }];
  const sorted = [...data].sort((a, b) => a.x - b.x);
  return sides.map((side, turn) =>
    Plot.text(
      sorted.filter((_, i) => i % sides.length === turn),
      { x: 'x', y: 'psnr', text: 'column', fontSize: 10, ...side },
    ),
  );
}

/** PSNR against the one number that was varied, with the standard deviation over the images. */
function curves({ rows }: SummaryTable): Drawing[] {
  const series = new Map<string, Array<{ at: number; psnr: number; std: number }>>();
  for (const row of rows) {
    const [key, at] = variedNumber(row);
    const psnr = row.values.psnr;
    if (key === undefined || at === undefined || psnr === undefined) continue;
    series.set(key, [...(series.get(key) ?? []), { at, psnr: psnr.mean, std: psnr.std }]);
  }
  return [...series].flatMap(([key, data]) => {
    if (data.length < 3) return [];
    const logarithmic = data.every(({ at }) => at > 0);
    const options: Plot.PlotOptions = {
      ...SIZE,
      grid: true,
      x: { type: logarithmic ? 'log' : 'linear', label: key, tickFormat: '~g' },
      y: { label: 'PSNR, dB', nice: true },
      marks: [
        Plot.ruleX(data, { x: 'at', y1: ({ psnr, std }) => psnr - std, y2: ({ psnr, std }) => psnr + std, strokeOpacity: 0.4 }),
        Plot.lineY(data, { x: 'at', y: 'psnr' }),
        Plot.dot(data, { x: 'at', y: 'psnr', r: 3.5, fill: 'currentColor' }),
      ],
    };
    return [{ title: `PSNR by ${key}`, options }];
  });
}

function variedNumber({ varied = {} }: SummaryRow): [string?, number?] {
  const entries = Object.entries(varied);
  const [[key, value] = []] = entries;
  return entries.length === 1 && typeof value === 'number' ? [key, value] : [];
}

function draw(options: Plot.PlotOptions, document: Document): string {
  const svg = Plot.plot({ ...options, document, style: { background: 'transparent', color: 'inherit' } });
  return svg.outerHTML.replace('<svg ', '<svg role="img" ');
}
