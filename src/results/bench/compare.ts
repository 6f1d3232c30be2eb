import { bootstrapInterval, statisticsOf } from '../../experiments/bench/statistics.js';
import { type Figure, figuresOf, headOf } from './figures.js';
import type { BenchCell } from './summary.js';
import { formatInterval, formatStatistics } from './tables.js';

/** A result of a bench with its measurement. */
export interface ComparedCell extends BenchCell {
  /** Hash of the problem. */
  readonly problem: string;
}

/** Two benches side by side. */
export interface Comparison {
  readonly markdown: string;
  /** Results of both, of one measurement. */
  readonly pairs: number;
  /** Results of one that the other has not, or has of another measurement. */
  readonly unpaired: number;
}

/**
 * What changed from one bench to another: for every table and method the means over the images that both have, of one and the same
 * measurement, and their paired difference with its 95 % interval.
 */
export function compareBenches(a: readonly ComparedCell[], b: readonly ComparedCell[], names: readonly [string, string]): Comparison {
  const key = ({ table, column, image, problem }: ComparedCell): string => JSON.stringify([table, column, image, problem]);
  const others = new Map(b.map((cell) => [key(cell), cell]));
  const pairs = a.flatMap((cell) => {
    const other = others.get(key(cell));
    return other === undefined ? [] : [{ cell, other }];
  });
  const lines: string[] = [];
  const groups = [...new Set(pairs.map(({ cell }) => JSON.stringify([cell.table, cell.column])))];
  for (const group of groups) {
    const own = pairs.filter(({ cell }) => JSON.stringify([cell.table, cell.column]) === group);
    const { table, column } = own[0].cell;
    lines.push(`## ${table}, ${column}`, '', `${own.length} image${own.length === 1 ? '' : 's'} of both.`, '');
    lines.push(
      `| | ${names[0]} | ${names[1]} | change, 95 % |`,
      '|---|---|---|---|',
      ...figuresOf().flatMap((figure) => lineOf(figure, own)),
      '',
    );
  }
  return { markdown: lines.join('\n'), pairs: pairs.length, unpaired: a.length + b.length - 2 * pairs.length };
}

function lineOf(figure: Figure, pairs: ReadonlyArray<{ cell: ComparedCell; other: ComparedCell }>): string[] {
  const { digits, value } = figure;
  const values = pairs.flatMap(({ cell, other }) => {
    const [before, after] = [value(cell.record), value(other.record)];
    return before === undefined || after === undefined ? [] : [[before, after] as const];
  });
  if (values.length === 0 || values.every(([before, after]) => before === 0 && after === 0)) return [];
  const [before, after] = [0, 1].map((side) => statisticsOf(values.map((pair) => pair[side])));
  const differences = values.map(([first, second]) => second - first);
  const interval = bootstrapInterval(differences);
  const mean = statisticsOf(differences).mean;
  const change = interval ? formatInterval(interval, digits) : `${mean > 0 ? '+' : ''}${mean.toFixed(digits)}`;
  return [`| ${headOf(figure)} | ${formatStatistics(before, digits)} | ${formatStatistics(after, digits)} | ${change} |`];
}
