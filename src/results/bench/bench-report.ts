import type { CtScale } from '../../io/index.js';
import { windows } from '../../io/index.js';
import { escapeHtml, reportPage } from '../report-page.js';
import { chartsOf } from './charts.js';
import { headOf } from './figures.js';
import { type PaperRow, paperText } from './papers.js';
import { wallScript } from './report-script.js';
import type { SummaryRow, SummaryTable } from './summary.js';
import { formatInterval, formatStatistics } from './tables.js';

/** One picture of a wall. */
export interface WallPicture {
  readonly title: string;
  /** A PNG as a data URI; of grey ones as `packPicture` packs them. */
  readonly png: string;
  readonly kind: 'grey' | 'colour';
  readonly caption?: string;
  readonly truth?: boolean;
}

/** Reconstructions of some images beside one another. */
export interface Wall {
  /** Of CT: what the values stand for. */
  readonly scale?: CtScale;
  readonly rows: ReadonlyArray<{ readonly image: string; readonly pictures: readonly WallPicture[] }>;
}

export interface BenchReport {
  readonly title: string;
  readonly command: string;
  readonly created: string;
  readonly tables: readonly SummaryTable[];
  readonly walls: ReadonlyMap<string, Wall>;
  readonly paper: readonly PaperRow[];
  /** Name and value. */
  readonly settings: ReadonlyArray<readonly [string, string]>;
}

const style = `
.best { font-weight: 700; } .second { text-decoration: underline; }
.wall-row { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .75rem; margin: .75rem 0 1.5rem; }
canvas { width: 100%; display: block; image-rendering: pixelated; }
.value { float: right; font-variant-numeric: tabular-nums; }
details { margin: .75rem 0; } summary { cursor: pointer; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem; }
fieldset { border: 0; padding: 0; margin: .25rem 0; }
main { max-width: 90rem; }
`;

/**
 * The report of a bench as one HTML file that needs no other: pictures, plots and figures are inside, it loads nothing.
 * @param document makes the plots: the browser's, or one that Node brings
 */
export function benchReportHtml(report: BenchReport, document: Document): string {
  const { title, command, created, tables, settings } = report;
  const main = `<p><code>${escapeHtml(command)}</code>, ${escapeHtml(created)}</p>
${tables.length > 1 ? `<nav><ul>${tables.map(({ name }, i) => `<li><a href="#table-${i}">${escapeHtml(name)}</a></li>`).join('')}</ul></nav>` : ''}
${tables.map((table, i) => tableSection(table, i, report, document)).join('\n')}
<section>
<h2>Settings</h2>
<table><tbody>
${settings.map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`).join('\n')}
</tbody></table>
</section>`;
  return reportPage({ title, style, main, script: wallScript });
}

function tableSection(table: SummaryTable, index: number, { walls, paper }: BenchReport, document: Document): string {
  const wall = walls.get(table.name);
  const charts = chartsOf(table, document);
  return `<section id="table-${index}">
<h2>${escapeHtml(table.name)}</h2>
${meansTable(table, paper)}
${differencesTable(table)}
<details><summary>Every image</summary>
${imagesTable(table)}
</details>
${charts.length > 0 ? `<div class="charts">${charts.map(({ title, svg }) => `<figure>${svg}<figcaption>${escapeHtml(title)}</figcaption></figure>`).join('\n')}</div>` : ''}
${wall ? wallSection(wall, index) : ''}
</section>`;
}

function meansTable({ figures, rows, best, cells, name }: SummaryTable, paper: readonly PaperRow[]): string {
  const theirs = paper.filter(({ table }) => table.test(name));
  const images = new Set(cells.map(({ image }) => image)).size;
  const head = ['Method', ...figures.map(headOf), ...(theirs.length > 0 ? ['the paper: PSNR, SSIM'] : [])];
  const cell = (row: SummaryRow, key: string, digits: number): string => {
    const value = row.values[key];
    const rank = (best[key] ?? []).indexOf(row.column);
    const classes = ['number', ...(rank === 0 ? ['best'] : rank === 1 ? ['second'] : [])].join(' ');
    return `<td class="${classes}">${value ? formatStatistics(value, digits) : ''}</td>`;
  };
  const published = (column: string): string => (theirs.length === 0 ? '' : `<td class="number">${paperText(theirs, column)}</td>`);
  const lines = rows.map((row) => {
    const missing = row.n < images ? ` <small>(${row.n} of ${images})</small>` : '';
    return `<tr><th scope="row">${escapeHtml(row.column)}${missing}</th>${figures.map(({ key, digits }) => cell(row, key, digits)).join('')}${published(row.column)}</tr>`;
  });
  return `<table>
<thead><tr>${head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table>
<p class="note">Mean and standard deviation over ${images} image${images === 1 ? '' : 's'}; the best in bold, the second underlined. The same measurement for all.</p>`;
}

function differencesTable({ rows, figures, reference }: SummaryTable): string {
  const compared = figures.filter(({ key }) => rows.some(({ differences }) => differences[key]) && ['psnr', 'ssim', 'soft'].includes(key));
  const others = rows.filter(({ column }) => column !== reference);
  if (compared.length === 0 || others.length === 0) return '';
  const lines = others.map(
    ({ column, differences }) =>
      `<tr><th scope="row">${escapeHtml(column)}</th>${compared.map(({ key, digits }) => `<td class="number">${differences[key] ? formatInterval(differences[key], digits) : ''}</td>`).join('')}</tr>`,
  );
  return `<details open><summary>More than ${escapeHtml(reference)}, with 95 % intervals (paired bootstrap)</summary>
<table><thead><tr>${['Method', ...compared.map(headOf)].map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')}</tr></thead><tbody>
${lines.join('\n')}
</tbody></table></details>`;
}

function imagesTable({ cells, figures }: SummaryTable): string {
  const lines = cells.map(
    ({ image, column, record }) =>
      `<tr><th scope="row">${escapeHtml(image)}</th><td>${escapeHtml(column)}</td>${figures.map(({ value, digits }) => `<td class="number">${value(record)?.toFixed(digits) ?? ''}</td>`).join('')}</tr>`,
  );
  return `<table><thead><tr>${['Image', 'Method', ...figures.map(headOf)].map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')}</tr></thead><tbody>
${lines.join('\n')}
</tbody></table>`;
}

function wallSection({ scale, rows }: Wall, index: number): string {
  const choices = scale === undefined ? '' : `<fieldset><legend class="note">Window</legend>${windowChoices(index)}</fieldset>`;
  const frames = rows.map(
    ({ image, pictures }) => `<h3>${escapeHtml(image)}</h3>
<div class="wall-row">${pictures.map(figureOf).join('\n')}</div>`,
  );
  return `<div class="wall"${scale ? ` data-scale="${escapeHtml(JSON.stringify(scale))}"` : ''}>
${choices}
<fieldset><legend class="note">Show</legend>${radio(`show-${index}`, 'images', 'images', true)}${radio(`show-${index}`, 'errors', scale ? 'errors (black 0, white 200 HU)' : 'errors, five times', false)}</fieldset>
${frames.join('\n')}
<p class="note">Click a picture, or press Enter on it, to enlarge all at that place.${scale ? ' Not for diagnosis.' : ''}</p>
<noscript><p class="warning">The pictures need scripts, which this browser has turned off.</p></noscript>
</div>`;
}

function windowChoices(index: number): string {
  return Object.entries(windows)
    .map(([name, { center, width }]) => {
      const [low, high] = [center - width / 2, center + width / 2];
      return radio(`window-${index}`, `${low},${high}`, `${name} (${low} to ${high} HU)`, name === 'soft');
    })
    .join('');
}

function radio(name: string, value: string, label: string, checked: boolean): string {
  const id = `${name}-${value.replace(/[^a-z0-9]/g, '_')}`;
  return `<input type="radio" name="${name}" id="${id}" value="${value}"${checked ? ' checked' : ''}><label for="${id}">${escapeHtml(label)}</label>`;
}

function figureOf({ title, png, kind, caption, truth }: WallPicture): string {
  return `<figure><div class="frame" tabindex="0" role="button" aria-label="${escapeHtml(`${title}: enlarge`)}"><canvas role="img" aria-label="${escapeHtml(title)}" data-kind="${kind}" data-src="${png}"${truth ? ' data-truth' : ''}></canvas></div><figcaption><span class="value"></span><strong>${escapeHtml(title)}</strong>${caption ? ` ${escapeHtml(caption)}` : ''}</figcaption></figure>`;
}
