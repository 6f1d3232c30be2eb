import { reportStyle } from './report-style.js';
import { type Curve, residualChart } from './residual-chart.js';

/** A picture of the report. */
export interface ReportImage {
  readonly title: string;
  /** A PNG as a data URI. */
  readonly png: string;
  readonly caption?: string;
}

/** One line of the figures table; what is not known (no truth: no PSNR) is left out. */
export interface ReportRow {
  readonly method: string;
  readonly psnr?: number;
  readonly ssim?: number;
  /** ||A x - y||^2 / m. */
  readonly residual: number;
  readonly seconds: number;
  readonly counts?: Readonly<Record<string, number>>;
}

export interface ReportData {
  readonly title: string;
  readonly subtitle: string;
  readonly images: readonly ReportImage[];
  /** Error maps; empty when there is no truth. */
  readonly errors: readonly ReportImage[];
  /** Variance of the measurement noise, what the residuals are held against. */
  readonly noise: number;
  readonly rows: readonly ReportRow[];
  readonly curves: readonly Curve[];
  /** Options and circumstances, as name and value. */
  readonly settings: ReadonlyArray<readonly [name: string, value: string]>;
}

/** The report of one reconstruction as one HTML file that needs no other: pictures are inside, it loads nothing. Light and dark follow the reader. */
export function reportHtml(data: ReportData): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(data.title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<h1>${escapeHtml(data.title)}</h1>
<p>${escapeHtml(data.subtitle)}</p>
${gallery('Images', data.images)}
${gallery('Errors', data.errors)}
<section>
<h2>Figures</h2>
${figuresTable(data)}
</section>
${curveSection(data)}
<section>
<h2>Settings</h2>
<table><tbody>
${data.settings.map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`).join('\n')}
</tbody></table>
</section>
</main>
</body>
</html>
`;
}

function gallery(heading: string, images: readonly ReportImage[]): string {
  if (images.length === 0) return '';
  const figures = images.map(
    ({ title, png, caption }) =>
      `<figure><img src="${png}" alt="${escapeHtml(title)}"><figcaption><strong>${escapeHtml(title)}</strong>${caption ? ` ${escapeHtml(caption)}` : ''}</figcaption></figure>`,
  );
  return `<section>\n<h2>${heading}</h2>\n<div class="gallery">\n${figures.join('\n')}\n</div>\n</section>`;
}

function figuresTable({ rows, noise }: ReportData): string {
  const counts = [...new Set(rows.flatMap((row) => Object.keys(row.counts ?? {})))].filter((name) =>
    rows.some((row) => row.counts?.[name]),
  );
  const head = ['Method', 'PSNR, dB', 'SSIM', 'Residual', 'Residual / σ²', 'Seconds', ...counts.map(words)];
  const cells = rows.map((row) => [
    row.psnr?.toFixed(2) ?? '',
    row.ssim?.toFixed(4) ?? '',
    row.residual.toExponential(3),
    noise > 0 ? (row.residual / noise).toFixed(3) : '',
    row.seconds.toFixed(2),
    ...counts.map((name) => String(row.counts?.[name] ?? '')),
  ]);
  return `<table>
<thead><tr>${head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row, i) => `<tr><th scope="row">${escapeHtml(row.method)}</th>${cells[i].map((text) => `<td class="number">${text}</td>`).join('')}</tr>`).join('\n')}
</tbody></table>
<p class="note">PSNR and SSIM on [0, 1], clipped. Residual ‖A x − y‖² / m, beside the noise variance σ² = ${noise.toExponential(3)}: well below it, noise was fitted; well above, the measurement was not.</p>`;
}

function curveSection({ curves, noise }: ReportData): string {
  const chart = residualChart(curves, noise);
  return chart === '' ? '' : `<section>\n<h2>Residual along the way</h2>\n${chart}\n</section>`;
}

/** `decoderGradients` to `decoder gradients`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (ch) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[ch] as string);
}
