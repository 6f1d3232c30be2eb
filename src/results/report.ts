import { escapeHtml, reportPage } from './report-page.js';
import { zoomScript } from './report-style.js';
import { type Curve, residualChart } from './residual-chart.js';

/** A picture of the report. */
export interface ReportImage {
  readonly title: string;
  /** A PNG as a data URI. */
  readonly png: string;
  readonly caption?: string;
  /** The same through the windows that readers of CT use, in place of `png`. */
  readonly windows?: ReadonlyArray<{ readonly name: string; readonly center: number; readonly width: number; readonly png: string }>;
}

/** One line of the figures table; what is not known (no truth: no PSNR) is left out. */
export interface ReportRow {
  readonly method: string;
  readonly psnr?: number;
  readonly ssim?: number;
  /** Root mean square error in HU by tissue of the truth. */
  readonly hu?: Readonly<Record<string, number>>;
  /** ||A x - y||^2 / m. */
  readonly residual: number;
  readonly seconds: number;
  readonly counts?: Readonly<Record<string, number>>;
}

export interface ReportData {
  readonly title: string;
  readonly subtitle: string;
  /** Sentences that must not be overlooked. */
  readonly warnings?: readonly string[];
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

/**
 * The report of one reconstruction as one HTML file that needs no other: pictures are inside, it loads nothing. Light and dark follow the
 * reader.
 */
export function reportHtml(data: ReportData): string {
  const main = `<p>${escapeHtml(data.subtitle)}</p>
${(data.warnings ?? []).map((text) => `<p class="warning" role="note">${escapeHtml(text)}</p>`).join('\n')}
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
</section>`;
  return reportPage({ title: data.title, main, script: zoomScript });
}

function gallery(heading: string, images: readonly ReportImage[]): string {
  if (images.length === 0) return '';
  const windows = images.find((image) => image.windows)?.windows ?? [];
  const figures = images.map((image) => {
    const { title, caption } = image;
    return `<figure><div class="frame" tabindex="0">${pictures(image)}</div><figcaption><strong>${escapeHtml(title)}</strong>${caption ? ` ${escapeHtml(caption)}` : ''}</figcaption></figure>`;
  });
  return `<section>\n<h2>${heading}</h2>\n${windows.map(windowChoice).join('')}<div class="gallery">\n${figures.join('\n')}\n</div>\n${windows.map(scaleBar).join('\n')}
<p class="note">Click a picture, or press Enter on it, to enlarge all of them at that place, and again for the whole.</p>\n</section>`;
}

function pictures({ title, png, windows }: ReportImage): string {
  if (windows === undefined) return `<img src="${png}" alt="${escapeHtml(title)}">`;
  return windows.map((one) => `<img class="w-${one.name}" src="${one.png}" alt="${escapeHtml(`${title}, ${one.name} window`)}">`).join('');
}

/** A radio button; the style sheet shows the pictures of the one that is chosen. */
function windowChoice({ name, center, width }: { name: string; center: number; width: number }): string {
  const low = Math.round(center - width / 2);
  return `<input type="radio" name="window" id="w-${name}"${name === 'soft' ? ' checked' : ''}><label for="w-${name}">${name} (${low} to ${low + width} HU)</label>\n`;
}

/** Black to white in HU. */
function scaleBar({ name, center, width }: { name: string; center: number; width: number }): string {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => `<span>${Math.round(center - width / 2 + share * width)}</span>`);
  return `<div class="scale w-${name}"><div class="ramp"></div><div class="marks">${marks.join('')}</div><div>HU</div></div>`;
}

function figuresTable({ rows, noise }: ReportData): string {
  const counts = [...new Set(rows.flatMap((row) => Object.keys(row.counts ?? {})))].filter((name) =>
    rows.some((row) => row.counts?.[name]),
  );
  const kinds = [...new Set(rows.flatMap((row) => Object.keys(row.hu ?? {})))];
  const head = [
    'Method',
    'PSNR, dB',
    'SSIM',
    ...kinds.map((name) => `${name}, HU`),
    'Residual',
    'Residual / σ²',
    'Seconds',
    ...counts.map(words),
  ];
  const cells = rows.map((row) => [
    row.psnr?.toFixed(2) ?? '',
    row.ssim?.toFixed(4) ?? '',
    ...kinds.map((name) => row.hu?.[name]?.toFixed(1) ?? ''),
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
<p class="note">PSNR and SSIM on [0, 1], clipped.${kinds.length > 0 ? ' HU: root mean square error where the truth is air (below -900), lung (-900 to -500), fat (-150 to -30), soft tissue (-150 to 250, edges included), bone (above 300).' : ''} Residual ‖A x − y‖² / m, beside the noise variance σ² = ${noise.toExponential(3)}: well below it, noise was fitted; well above, the measurement was not.</p>`;
}

function curveSection({ curves, noise }: ReportData): string {
  const chart = residualChart(curves, noise);
  return chart === '' ? '' : `<section>\n<h2>Residual along the way</h2>\n${chart}\n</section>`;
}

/** `decoderGradients` to `decoder gradients`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
