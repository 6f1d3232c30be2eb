import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guardFile } from '../../io/node/guard.js';
import { hashFiles } from '../../io/node/hash-files.js';
import { writeAtomically, writeJson } from '../../io/node/index.js';
import { writeSafetensors } from '../../priors/safetensors.js';
import type { Weights } from '../adamw.js';
import type { AnyTrainConfig } from '../config.js';
import type { TrainContext } from './stages.js';

type Place = Pick<AnyTrainConfig, 'work' | 'out'>;

const FILES = ['model.safetensors', 'config.json'];
/** In the work folder: what this training has written to its output folder, by name, with SHA-256. */
const RECORD = 'finished.json';

/**
 * Make sure, before anything is computed, that the finished prior replaces none but this training's own.
 * @throws UsageError when the output folder holds another prior and `force` is not set, or the one that is started from
 */
export async function guardPrior({ work, out }: Place, { force, from }: Pick<TrainContext, 'force' | 'from'>): Promise<void> {
  const text = await readFile(join(work, RECORD), 'utf8').catch(() => '{}');
  const earlier = new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  const inputs = from?.path === undefined ? [] : [from.path, ...FILES.map((name) => join(from.path!, name))];
  for (const name of FILES) await guardFile(join(out, name), { inputs, earlier, force });
}

/** Write a finished prior to the output folder, and keep in the work folder that this training did. */
export async function writePrior({ work, out }: Place, prior: object, weights: Weights): Promise<void> {
  await writeAtomically(join(out, 'model.safetensors'), writeSafetensors(weights, { dtype: 'F16' }));
  await writeJson(join(out, 'config.json'), prior);
  const hashes = await Promise.all(FILES.map(async (name) => [name, await hashFiles([join(out, name)])] as const));
  await writeJson(join(work, RECORD), Object.fromEntries(hashes));
}
