import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { PlannedRun } from '../../experiments/bench/run-spec.js';
import { BenchFolder } from '../../experiments/node/bench/bench-folder.js';
import { type ComparedCell, compareBenches } from '../../results/bench/compare.js';
import { UserError } from '../../tensor/errors.js';
import { examples, jsonFlag } from '../flags.js';

/** `posteriori compare A B`: what changed from one bench to another. */
export function compareCommand(program: Command): void {
  const command = program
    .command('compare')
    .description('two benches side by side: what changed, with 95 % intervals, on the measurements that both have')
    .argument('<before>', 'folder of a bench')
    .argument('<after>', 'folder of another, or of the same with other settings');
  jsonFlag(command);
  examples(command, [['posteriori compare out/bench/ct out/bench/ct-new', 'the same methods after a change']]);
  command.action(async (before: string, after: string, flags: { json?: boolean }) => {
    const [a, b] = await Promise.all([cellsOf(before), cellsOf(after)]);
    const names = [basename(resolve(before)), basename(resolve(after))] as const;
    const { markdown, pairs, unpaired } = compareBenches(a, b, names[0] === names[1] ? [before, after] : [names[0], names[1]]);
    if (pairs === 0)
      throw new UserError(
        `${before} and ${after} have no result in common: the same table, method, image and measurement. Compare benches of one protocol.`,
      );
    if (flags.json) process.stdout.write(`${JSON.stringify({ pairs, unpaired, markdown })}\n`);
    else process.stdout.write(`${markdown}\n`);
    if (unpaired > 0) process.stderr.write(`Note: ${unpaired} results have no counterpart of the same measurement and are left out.\n`);
  });
}

/** The results that a bench's manifest names, as far as they are there. */
async function cellsOf(path: string): Promise<ComparedCell[]> {
  const { folder, manifest } = await BenchFolder.existing(path);
  const there = await folder.finished();
  const runs = (manifest.runs as readonly PlannedRun[]).filter(({ id }) => there.has(id));
  return Promise.all(
    runs.map(async ({ id, table, column, image, problem }) => ({ table, column, image, problem, record: await folder.record(id) })),
  );
}
