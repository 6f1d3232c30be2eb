import type { Interval, Statistics } from '../../experiments/bench/statistics.js';
import { type Figure, headOf } from './figures.js';
import { type PaperRow, paperText } from './papers.js';
import type { SummaryRow, SummaryTable } from './summary.js';

/* The tables in Markdown, LaTeX and CSV. */

/** `34.52 ± 1.20`; of one image the value alone. */
export function formatStatistics({ mean, std, n }: Statistics, digits: number): string {
  return n > 1 && std > 0 ? `${mean.toFixed(digits)} ± ${std.toFixed(digits)}` : mean.toFixed(digits);
}

/** `+1.20 (0.80 to 1.60)` */
export function formatInterval({ mean, low, high }: Interval, digits: number): string {
  const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(digits)}`;
  return `${signed(mean)} (${signed(low)} to ${signed(high)})`;
}

/** What differences to the reference are told of. */
const COMPARED = ['psnr', 'ssim', 'soft'];

export function markdownTables(tables: readonly SummaryTable[], paper: readonly PaperRow[] = []): string {
  return tables.map((table) => markdownTable(table, paper)).join('\n');
}

function markdownTable(table: SummaryTable, paper: readonly PaperRow[]): string {
  const { name, figures, rows, reference, cells } = table;
  const images = new Set(cells.map(({ image }) => image)).size;
  const compared = figures.filter(({ key }) => COMPARED.includes(key) && rows.some(({ differences }) => differences[key]));
  const theirs = paper.filter(({ table: of }) => of.test(name));
  const head = ['method', ...figures.map(headOf), ...(theirs.length > 0 ? ['in the paper: PSNR, SSIM'] : [])];
  const lines = rows.map((row) => {
    const missing = row.n < images ? ` (${row.n} of ${images})` : '';
    const published = theirs.length > 0 ? [paperText(theirs, row.column)] : [];
    return [`${row.column}${missing}`, ...figures.map((figure) => marked(row, figure, table, '**', '_')), ...published];
  });
  const difference = rows
    .filter(({ column }) => column !== reference)
    .map(({ column, differences }) => [
      column,
      ...compared.map(({ key, digits }) => (differences[key] ? formatInterval(differences[key], digits) : '')),
    ]);
  const parts = [`## ${name}`, '', `${images} image${images === 1 ? '' : 's'}.`, '', gridOf([head, ...lines]), ''];
  if (compared.length > 0 && difference.length > 0)
    parts.push(
      `More than ${reference}, in the mean over the images, with its 95 % interval (paired bootstrap):`,
      '',
      gridOf([['method', ...compared.map(headOf)], ...difference]),
      '',
    );
  return parts.join('\n');
}

function gridOf([head, ...lines]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...lines.map(line)].join('\n');
}

/** The best between one mark, the second between the other. */
function marked(row: SummaryRow, { key, digits }: Figure, { best }: SummaryTable, first: string, second: string): string {
  const value = row.values[key];
  if (value === undefined) return '';
  const text = formatStatistics(value, digits);
  const rank = (best[key] ?? []).indexOf(row.column);
  const mark = [first, second][rank] ?? '';
  return `${mark}${text}${mark}`;
}

/** Tables for `booktabs`, the best in bold, the second underlined. */
export function latexTables(tables: readonly SummaryTable[]): string {
  return tables
    .map((table) => {
      const { name, figures, rows } = table;
      const lines = rows.map((row) => {
        const cells = figures.map((figure) => {
          const rank = (table.best[figure.key] ?? []).indexOf(row.column);
          const text = marked(row, figure, table, '', '').replace('±', '$\\pm$');
          return rank === 0 ? `\\textbf{${text}}` : rank === 1 ? `\\underline{${text}}` : text;
        });
        return `${[escapeLatex(row.column), ...cells].join(' & ')} \\\\`;
      });
      return [
        '\\begin{table}',
        `\\caption{${escapeLatex(name)}}`,
        `\\begin{tabular}{l${'r'.repeat(figures.length)}}`,
        '\\toprule',
        `${['Method', ...figures.map((figure) => escapeLatex(headOf(figure)))].join(' & ')} \\\\`,
        '\\midrule',
        ...lines,
        '\\bottomrule',
        '\\end{tabular}',
        '\\end{table}',
        '',
      ].join('\n');
    })
    .join('\n');
}

const LATEX: Readonly<Record<string, string>> = { '\\': '\\textbackslash{}', '^': '\\textasciicircum{}', '~': '\\textasciitilde{}' };

function escapeLatex(text: string): string {
  return text.replace(/[\\^~%&_#${}]/g, (found) => LATEX[found] ?? `\\${found}`);
}

/** One line a run, for a spreadsheet; fields as RFC 4180 has them. */
export function csvOf(tables: readonly SummaryTable[]): string {
  const figures = [...new Map(tables.flatMap((table) => table.figures.map((figure) => [figure.key, figure] as const))).values()];
  const head = ['table', 'method', 'image', ...figures.map(({ key }) => key), 'run'];
  const lines = tables.flatMap(({ cells }) =>
    cells.map(({ table, column, image, record }) => [
      table,
      column,
      image,
      ...figures.map(({ value }) => String(value(record) ?? '')),
      record.id,
    ]),
  );
  return [head, ...lines].map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('');
}

/** A spreadsheet would take a text that begins with one of these for a formula. */
function csvField(text: string): string {
  const plain = /^[=+@-]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
