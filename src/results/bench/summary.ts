import type { RunRecord } from '../../experiments/bench/run-spec.js';
import { bootstrapInterval, type Interval, type Statistics, statisticsOf } from '../../experiments/bench/statistics.js';
import { type Distances, type Figure, figuresOf } from './figures.js';

/** One run in its table. */
export interface BenchCell {
  readonly table: string;
  readonly column: string;
  readonly image: string;
  readonly varied?: Readonly<Record<string, unknown>>;
  readonly record: RunRecord;
}

/** A method of a table. */
export interface SummaryRow {
  readonly column: string;
  readonly n: number;
  readonly varied?: Readonly<Record<string, unknown>>;
  /** By key of the figure; absent where it was not measured of every image. */
  readonly values: Readonly<Record<string, Statistics>>;
  /** How much more than the reference, over the images that both have. */
  readonly differences: Readonly<Record<string, Interval>>;
}

export interface SummaryTable {
  readonly name: string;
  readonly reference: string;
  readonly figures: readonly Figure[];
  readonly rows: readonly SummaryRow[];
  /** By key of the figure: the columns of the best and the second mean. */
  readonly best: Readonly<Record<string, readonly [string, string?]>>;
  readonly cells: readonly BenchCell[];
}

/** Tables of what was measured, in the order of the plan. A table without a result is left out. */
export function summarise(
  planned: ReadonlyArray<{ readonly name: string; readonly columns: readonly string[]; readonly reference: string }>,
  cells: readonly BenchCell[],
  distances?: Distances,
): SummaryTable[] {
  return planned
    .map(({ name, columns, reference }) => {
      const here = cells.filter(({ table }) => table === name);
      const measured = figuresOf(distances).filter(({ value }) => here.some(({ record }) => value(record) !== undefined));
      const rows = columns.map((column) => rowOf(column, here, reference, measured)).filter(({ n }) => n > 0);
      return {
        name,
        reference,
        figures: measured.filter(({ key }) => hasContent(key, rows)),
        rows,
        best: bestOf(rows, measured),
        cells: here,
      };
    })
    .filter(({ rows }) => rows.length > 0);
}

/** Counts that are nought everywhere say nothing. */
function hasContent(key: string, rows: readonly SummaryRow[]): boolean {
  return rows.some(({ values }) => values[key] !== undefined && (values[key].mean !== 0 || values[key].std !== 0));
}

function rowOf(column: string, cells: readonly BenchCell[], reference: string, figures: readonly Figure[]): SummaryRow {
  const own = cells.filter((cell) => cell.column === column);
  const others = new Map(cells.filter((cell) => cell.column === reference).map((cell) => [cell.image, cell.record]));
  const values: Record<string, Statistics> = {};
  const differences: Record<string, Interval> = {};
  for (const { key, value } of figures) {
    const known = own.map(({ record }) => value(record)).filter((v) => v !== undefined);
    if (known.length === own.length && known.length > 0) values[key] = statisticsOf(known);
    const pairs = own.flatMap(({ image, record }) => {
      const [mine, theirs] = [value(record), others.has(image) ? value(others.get(image) as RunRecord) : undefined];
      return mine === undefined || theirs === undefined ? [] : [mine - theirs];
    });
    const interval = column === reference ? undefined : bootstrapInterval(pairs);
    if (interval !== undefined) differences[key] = interval;
  }
  return { column, n: own.length, varied: own[0]?.varied, values, differences };
}

function bestOf(rows: readonly SummaryRow[], figures: readonly Figure[]): SummaryTable['best'] {
  const complete = Math.max(...rows.map(({ n }) => n));
  const found: Record<string, readonly [string, string?]> = {};
  for (const { key, better } of figures) {
    // a mean over fewer images is not held against the others
    const ranked = rows.filter(({ n, values }) => n === complete && values[key] !== undefined);
    if (better === undefined || ranked.length < 2) continue;
    const sign = better === 'higher' ? -1 : 1;
    const [first, second] = [...ranked].sort((a, b) => sign * (a.values[key].mean - b.values[key].mean));
    found[key] = [first.column, second.column];
  }
  return found;
}
