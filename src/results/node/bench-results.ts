import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import type { BenchFile } from '../../experiments/bench/bench-file.js';
import type { BenchFolder } from '../../experiments/node/bench/bench-folder.js';
import type { Plan } from '../../experiments/node/bench/plan.js';
import type { BenchState } from '../../experiments/node/bench/run-bench.js';
import { writeAtomically, writeJson } from '../../io/node/index.js';
import { type BenchReport, benchReportHtml } from '../bench/bench-report.js';
import type { Distances } from '../bench/figures.js';
import { paperRows } from '../bench/papers.js';
import { type BenchCell, type SummaryTable, summarise } from '../bench/summary.js';
import { csvOf, latexTables, markdownTables } from '../bench/tables.js';
import { wallsOf } from './bench-wall.js';

/** How a bench is named and was called for. */
export interface BenchTitle {
  readonly title: string;
  /** That makes it again. */
  readonly command: string;
  /** Images of each table whose reconstructions the report shows. */
  readonly wall: number;
  readonly distances?: Distances;
}

/** Everything that a bench says of its runs: report.html, tables.md, tables.tex, results.csv, summary.json. */
export async function writeBenchResults(
  folder: BenchFolder,
  plan: Pick<Plan, 'tables' | 'problems'>,
  state: Pick<BenchState, 'results'>,
  file: BenchFile,
  { title, command, wall, distances }: BenchTitle,
): Promise<{ tables: SummaryTable[]; markdown: string }> {
  const cells: BenchCell[] = state.results.map(({ run: { table, column, image, varied }, record }) => ({
    table,
    column,
    image,
    varied,
    record,
  }));
  const tables = summarise(plan.tables, cells, distances);
  const markdown = `# ${title}\n\n    ${command}\n\n${markdownTables(tables, paperRows(file.paper))}`;
  await writeAtomically(join(folder.path, 'tables.md'), markdown);
  await writeAtomically(join(folder.path, 'tables.tex'), latexTables(tables));
  await writeAtomically(join(folder.path, 'results.csv'), csvOf(tables));
  await writeJson(
    join(folder.path, 'summary.json'),
    tables.map(({ name, reference, rows, best }) => ({ name, reference, rows, best })),
  );
  const { document } = parseHTML('<html><body></body></html>');
  const data: BenchReport = {
    title,
    command,
    created: new Date().toISOString().slice(0, 10),
    tables,
    paper: paperRows(file.paper),
    walls: await wallsOf(folder, plan, state, wall),
    settings: settingsOf(state),
  };
  await writeAtomically(join(folder.path, 'report.html'), benchReportHtml(data, document as unknown as Document));
  return { tables, markdown };
}

/** What the methods were run with: options, prior, seed, versions, threads. */
function settingsOf({ results }: Pick<BenchState, 'results'>): Array<readonly [string, string]> {
  const columns = new Map(results.map(({ run }) => [`${run.column}`, run]));
  const methods = [...columns].map(
    ([
      column,
      {
        contender: { method, preset, options, prior, samples, budget },
      },
    ]): readonly [string, string] => {
      const parts = [
        `${method}, preset ${preset}`,
        ...(prior ? [`prior ${prior.name} (${prior.sha256.slice(0, 12)})`] : []),
        ...(samples > 1 ? [`mean of ${samples} samples`] : []),
        ...(budget ? [`budget ${JSON.stringify(budget)}`] : []),
        ...Object.entries(options).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
      ];
      return [column, parts.join(', ')];
    },
  );
  const machines = new Set(results.map(({ record: { versions, threads } }) => `${JSON.stringify(versions)}, ${threads} threads`));
  return [...methods, ['versions', [...machines].join('; ')]];
}
