import { stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { makeFolder, writeAtomically } from '../../io/node/index.js';
import { OutputFolder } from '../../io/node/output-folder.js';
import { UsageError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Layout, type PriorConfig, type WeightSet, writeAs, writeDiffusers } from '../index.js';
import { everyFile } from '../prior-files.js';
import { formatHeader } from '../safetensors-header.js';
import { encodeNumbers, type WrittenDtype } from '../stored-numbers.js';
import { findPrior } from './find-prior.js';
import { CONFIG_KEY, type OpenOptions, openPrior } from './open-prior.js';

/** Layouts that are written; those of one file come last. */
export const layouts = ['posteriori', 'diffusers', 'compvis', 'guided-diffusion'] as const satisfies readonly Layout[];

export interface ConvertOptions extends OpenOptions {
  readonly layout?: Layout;
  readonly dtype?: 'f16' | 'f32';
  /** Which of the weights, by default the moving average where there is one. */
  readonly weights?: WeightSet;
  /** Replace the prior that is at the place now. */
  readonly force?: boolean;
  readonly onStep?: (stage: string, done: number, total: number) => void;
}

/** Contents by file name; those of tensors are made piece by piece as they are written. */
type Files = Map<string, string | Iterable<Uint8Array>>;

/**
 * Write a prior in another layout or precision, as a folder (posteriori, diffusers) or a safetensors file (compvis, guided-diffusion). What
 * is there afterwards is whole, or what was there before. All weights are in memory meanwhile, four bytes each.
 * @returns bytes written
 * @throws UserError when it cannot be read, the layout cannot express it, or the place is taken
 */
export async function convertPrior(given: string, out: string, options: ConvertOptions = {}): Promise<{ bytes: number }> {
  const { layout = 'posteriori', dtype = 'f32', weights: set, signal, onStep = () => {} } = options;
  const isFile = layout === 'compvis' || layout === 'guided-diffusion';
  await checkPlace(out, isFile, options.force);
  const { config, weights } = await readWeights(given, options, (done, total) => onStep('reading', done, 2 * total), set);
  let [bytes, done] = [0, 0];
  const written = (piece: Uint8Array) => {
    signal?.throwIfAborted();
    bytes += piece.length;
    onStep('writing', weights.size + Math.min(++done, weights.size), 2 * weights.size);
    return piece;
  };
  // one file has no config.json: what its names and shapes cannot say stands in its metadata
  const metadata = isFile ? { [CONFIG_KEY]: JSON.stringify(config) } : undefined;
  const store = (tensors: ReadonlyMap<string, Tensor>) => pieces(tensors, dtype === 'f16' ? 'F16' : 'F32', written, metadata);
  if (isFile) {
    const content = store(writeAs(layout, config, weights));
    await makeFolder(dirname(resolve(out)));
    await writeAtomically(out, content);
  } else {
    const { files, last } = layout === 'diffusers' ? diffusersFiles(config, weights, store) : ownFiles(config, weights, store);
    await writeFolder(out, files, last);
  }
  return { bytes };
}

async function readWeights(given: string, options: ConvertOptions, progress: (done: number, total: number) => void, set?: WeightSet) {
  const { recognised, close } = await openPrior(given, options);
  try {
    const { config } = recognised;
    const weights = await recognised.load(set, (done, total) => {
      options.signal?.throwIfAborted();
      progress(done, total);
    });
    return { config, weights };
  } finally {
    await close();
  }
}

function ownFiles(config: PriorConfig, weights: ReadonlyMap<string, Tensor>, store: Store): { files: Files; last: string } {
  const files: Files = new Map();
  files.set('model.safetensors', store(writeAs('posteriori', config, weights)));
  files.set('config.json', json(config));
  return { files, last: 'config.json' };
}

type Store = (tensors: ReadonlyMap<string, Tensor>) => Iterable<Uint8Array>;

function diffusersFiles(config: PriorConfig, weights: ReadonlyMap<string, Tensor>, store: Store): { files: Files; last: string } {
  const { modelIndex, components } = writeDiffusers(config, weights);
  const files: Files = new Map();
  for (const [name, { config: own, tensors }] of Object.entries(components)) {
    if (tensors) files.set(`${name}/diffusion_pytorch_model.safetensors`, store(tensors));
    files.set(`${name}/${tensors ? 'config.json' : 'scheduler_config.json'}`, json(own));
  }
  if (modelIndex) files.set('model_index.json', json(modelIndex));
  return { files, last: [...files.keys()].at(-1)! };
}

/** A safetensors file; the schedule of a CompVis checkpoint keeps its precision. */
function* pieces(
  tensors: ReadonlyMap<string, Tensor>,
  dtype: WrittenDtype,
  written: (piece: Uint8Array) => Uint8Array,
  metadata?: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const exact = new Set(['betas', 'scale_factor']);
  const typeOf = (name: string): WrittenDtype => (exact.has(name) ? 'F32' : dtype);
  yield written(formatHeader(tensors, typeOf, metadata));
  for (const [name, { data }] of tensors) yield written(encodeNumbers(data, typeOf(name), name));
}

/** A place is free when nothing is there, or, with `force`, a prior of the same form; whatever else is there stays. */
async function checkPlace(out: string, isFile: boolean, force = false): Promise<void> {
  if (isFile && extname(out) !== '.safetensors')
    throw new UsageError(`This layout is one file, written as safetensors: let the name end in .safetensors, not as in ${out}.`);
  const info = await stat(out).catch(() => undefined);
  if (info === undefined) return;
  if (isFile === info.isDirectory())
    throw new UsageError(`${out} is a ${isFile ? 'folder' : 'file'}, but a ${isFile ? 'file' : 'folder'} is to be written. Name another.`);
  if (!force) throw new UsageError(`${out} is there already. Name another place, or replace it with --force.`);
  if (!isFile)
    await findPrior(resolve(out)).catch(() => {
      throw new UsageError(`${out} is a folder without a prior; --force replaces only priors. Name another place.`);
    });
}

/** Files into a folder, as a whole; those of a prior that was there under other names are taken away at the end. */
async function writeFolder(out: string, files: Files, last: string): Promise<void> {
  const before = await findPrior(resolve(out)).then(
    (found) => everyFile(found.files),
    () => [],
  );
  const folder = await OutputFolder.open(out, { elsewhere: 'name another folder' });
  try {
    await folder.commit(
      files,
      last,
      before.filter((file) => !files.has(file)),
    );
  } catch (error) {
    await folder.abandon();
    throw error;
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
