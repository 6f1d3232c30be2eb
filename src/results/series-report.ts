import { escapeHtml, reportPage } from './report-page.js';

/** A slice in the report of a series; what is not known is left out. */
export interface SeriesLine {
  readonly name: string;
  readonly psnr?: number;
  readonly ssim?: number;
  /** Root mean square error of soft tissue in HU. */
  readonly soft?: number;
  /** Over the variance of the noise. */
  readonly residual?: number;
  readonly seconds?: number;
  /** A small PNG as a data URI. */
  readonly png?: string;
  /** Why there is no image. */
  readonly failed?: string;
}

export interface SeriesReport {
  readonly title: string;
  readonly lines: readonly SeriesLine[];
  /** Sentences that must not be overlooked. */
  readonly warnings: readonly string[];
}

const columns: ReadonlyArray<readonly [title: string, of: (line: SeriesLine) => number | undefined, digits: number]> = [
  ['PSNR, dB', ({ psnr }) => psnr, 2],
  ['SSIM', ({ ssim }) => ssim, 4],
  ['soft tissue, HU', ({ soft }) => soft, 1],
  ['Residual / σ²', ({ residual }) => residual, 3],
  ['Seconds', ({ seconds }) => seconds, 1],
];

/** The report of slices that were reconstructed one after the other: those that failed, all pictures, a line each, and the means. */
export function seriesReport({ title, lines, warnings }: SeriesReport): string {
  const failed = lines.filter((line) => line.failed !== undefined);
  const done = lines.filter((line) => line.failed === undefined);
  const main = `<p>${done.length} of ${lines.length} slices.</p>
${warnings.map((text) => `<p class="warning" role="note">${escapeHtml(text)}</p>`).join('\n')}
${failed.map(({ name, failed: why }) => `<p class="warning" role="note"><strong>${escapeHtml(name)}</strong> is missing: ${escapeHtml(why as string)}</p>`).join('\n')}
<section>
<h2>Slices</h2>
<div class="slices">
${done.map(({ name, png }) => `<a href="${link(name)}"><figure><img src="${png}" alt="${escapeHtml(name)}"><figcaption>${escapeHtml(name)}</figcaption></figure></a>`).join('\n')}
</div>
</section>
<section>
<h2>Figures</h2>
${table(done)}
</section>`;
  const style =
    '.slices { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .75rem; } .slices a { color: inherit; }';
  return reportPage({ title, style, main, script: '' });
}

function table(lines: readonly SeriesLine[]): string {
  const known = columns.filter(([, of]) => lines.some((line) => of(line) !== undefined));
  const text = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '';
  const cells = (of: (column: (line: SeriesLine) => number | undefined) => number | undefined): string =>
    known.map(([, column, digits]) => `<td class="number">${text(of(column), digits)}</td>`).join('');
  const rows = lines.map(
    (line) => `<tr><th scope="row"><a href="${link(line.name)}">${escapeHtml(line.name)}</a></th>${cells((column) => column(line))}</tr>`,
  );
  const means = `<tr><th scope="row">mean</th>${cells((column) => meanOf(lines.map(column)))}</tr>`;
  return `<table>
<thead><tr><th scope="col">Slice</th>${known.map(([title]) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${[...rows, ...(lines.length > 1 ? [means] : [])].join('\n')}
</tbody></table>`;
}

/** The mean of the values that there are; undefined of none. */
export function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function link(name: string): string {
  return `slices/${encodeURIComponent(name)}/report.html`;
}
