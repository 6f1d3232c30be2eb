import { join } from 'node:path';
import type { BenchFile } from '../../experiments/bench/bench-file.js';
import type { BenchFolder } from '../../experiments/node/bench/bench-folder.js';
import type { Plan } from '../../experiments/node/bench/plan.js';
import type { BenchState } from '../../experiments/node/bench/run-bench.js';
import { writeAtomically, writeJson } from '../../io/node/index.js';
import type { Distances } from '../bench/figures.js';
import { paperRows } from '../bench/papers.js';
import { type BenchCell, type SummaryTable, summarise } from '../bench/summary.js';
import { csvOf, latexTables, markdownTables } from '../bench/tables.js';

/** How a bench is named and was called for. */
export interface BenchTitle {
  readonly title: string;
  /** That makes it again. */
  readonly command: string;
}

/** Everything that a bench says of its runs: tables.md, tables.tex, results.csv, summary.json. */
export async function writeBenchResults(
  folder: BenchFolder,
  plan: Pick<Plan, 'tables'>,
  { results }: Pick<BenchState, 'results'>,
  file: BenchFile,
  { title, command }: BenchTitle,
  distances?: Distances,
): Promise<{ tables: SummaryTable[]; markdown: string }> {
  const cells: BenchCell[] = results.map(({ run: { table, column, image, varied }, record }) => ({ table, column, image, varied, record }));
  const tables = summarise(plan.tables, cells, distances);
  const markdown = `# ${title}\n\n    ${command}\n\n${markdownTables(tables, paperRows(file.paper))}`;
  await writeAtomically(join(folder.path, 'tables.md'), markdown);
  await writeAtomically(join(folder.path, 'tables.tex'), latexTables(tables));
  await writeAtomically(join(folder.path, 'results.csv'), csvOf(tables));
  await writeJson(
    join(folder.path, 'summary.json'),
    tables.map(({ name, reference, rows, best }) => ({ name, reference, rows, best })),
  );
  return { tables, markdown };
}
