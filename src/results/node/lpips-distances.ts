import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemReader } from '../../experiments/bench/pack.js';
import type { BenchFolder } from '../../experiments/node/bench/bench-folder.js';
import type { Plan } from '../../experiments/node/bench/plan.js';
import type { BenchState } from '../../experiments/node/bench/run-bench.js';
import { hashFiles } from '../../io/node/hash-files.js';
import { writeJson } from '../../io/node/index.js';
import { compileLpips, type Lpips, type LpipsNet, lpipsNets } from '../../metrics/index.js';
import { loadLpips } from '../../metrics/node/index.js';
import type { Runtime } from '../../runtime/index.js';
import { UsageError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Distances } from '../bench/figures.js';

/** A network of LPIPS with the files of its weights. */
export interface LpipsChoice {
  readonly net: LpipsNet;
  readonly files: readonly string[];
}

/** `alex=alexnet.pth,lin.pth`. @throws UsageError for anything else */
export function parseLpips(text: string): LpipsChoice {
  const at = text.indexOf('=');
  const [net, files] = [
    text.slice(0, Math.max(0, at)),
    text
      .slice(at + 1)
      .split(',')
      .filter(Boolean),
  ];
  const known = lpipsNets.find((one) => one === net);
  if (known === undefined || files.length === 0)
    throw new UsageError(
      `--lpips is ${lpipsNets.join(' or ')}, = and the files of its weights, as in alex=alexnet.pth,lpips-alex.pth; got "${text}".`,
    );
  return { net: known, files };
}

/** How many are measured before they are written down. */
const AT_ONCE = 20;

/**
 * LPIPS of every result that has a truth, by its id. What was measured with these weights is kept beside the results, and not measured
 * again.
 * @throws UserError when the weights do not fit
 */
export async function lpipsDistances(
  folder: BenchFolder,
  plan: Pick<Plan, 'problems'>,
  { results }: Pick<BenchState, 'results'>,
  choices: readonly LpipsChoice[],
  runtime: Runtime,
  signal?: AbortSignal,
): Promise<Distances> {
  const all = new Map<string, Record<string, number>>();
  for (const { net, files } of choices) {
    const weights = await loadLpips(files, { net });
    const kept = join(folder.path, `lpips-${net}-${(await hashFiles(files)).slice(0, 12)}.json`);
    const known: Record<string, number> = JSON.parse(await readFile(kept, 'utf8').catch(() => '{}'));
    const reader = new ProblemReader();
    const compiled = new Map<string, Lpips>();
    const distance = async (image: Tensor, truth: Tensor): Promise<number> => {
      const shape = truth.shape.join();
      const lpips = compiled.get(shape) ?? (await compileLpips(runtime, weights, truth.shape));
      compiled.set(shape, lpips);
      return lpips.distance(image, truth);
    };
    let fresh = 0;
    try {
      for (const { run } of results) {
        signal?.throwIfAborted();
        if (known[run.id] === undefined) {
          const path = plan.problems.get(run.problem) as string;
          const { truth } = await reader.read(await readFile(path), path);
          if (truth === undefined) continue;
          known[run.id] = await distance(await folder.image(run.id), truth);
          if (++fresh % AT_ONCE === 0) await writeJson(kept, known);
        }
        all.set(run.id, { ...all.get(run.id), [net]: known[run.id] });
      }
      if (fresh > 0) await writeJson(kept, known);
    } finally {
      for (const lpips of compiled.values()) await lpips.dispose();
    }
  }
  return all;
}
