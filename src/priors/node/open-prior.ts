import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseJson } from '../../io/checked.js';
import { fileSource, reasonOf } from '../../io/node/index.js';
import { UserError } from '../../tensor/errors.js';
import { openTensorFile } from '../checkpoints/index.js';
import { type Conventions, type Recognised, recogniseCheckpoint, recogniseDiffusers, recogniseOwn } from '../index.js';
import type { StoredTensor, TensorFile } from '../stored-tensor.js';
import { type FoundPrior, findPrior } from './find-prior.js';
import type { PullOptions } from './hub/pull.js';
import { isHubReference, parseHubReference } from './hub/reference.js';

export interface OpenOptions extends PullOptions {
  /** What a checkpoint does not tell of its model; no part of a prior with a configuration. */
  readonly conventions?: Conventions;
}

/** A prior whose weights are still in their files. */
export interface OpenedPrior {
  readonly found: FoundPrior;
  /** Its name carries no path: what a checkpoint does not say is made of its file's name. */
  readonly recognised: Recognised;
  /** Its files of tensors, by their paths relative to the prior. */
  readonly tensorFiles: ReadonlyMap<string, TensorFile>;
  close(): Promise<void>;
}

/**
 * Open a prior of any layout, wherever it is (see `findPrior`); directories of files are read, no weights. Close it after use.
 * @throws UserError when there is none, a file is damaged, or no model known here is in it
 */
export async function openPrior(given: string, options: OpenOptions = {}): Promise<OpenedPrior> {
  const found = await findPrior(given, options);
  const tensorFiles = new Map<string, TensorFile>();
  const close = async () => {
    for (const file of tensorFiles.values()) await file.close();
  };
  const open = async (path: string): Promise<ReadonlyMap<string, StoredTensor>> => {
    const file = await openTensorFile(await fileSource(found.at(path)));
    tensorFiles.set(path, file);
    return file.tensors;
  };
  try {
    const recognised = await recognise(found, open, options.conventions);
    const config = recognised.layout === 'posteriori' ? recognised.config : { ...recognised.config, name: shortName(given) };
    return { found, recognised: { ...recognised, config }, tensorFiles, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Open = (path: string) => Promise<ReadonlyMap<string, StoredTensor>>;

async function recognise({ name, files, at }: FoundPrior, open: Open, conventions?: Conventions): Promise<Recognised> {
  if (files.kind === 'diffusers') {
    const components: Record<string, { config: unknown; tensors?: ReadonlyMap<string, StoredTensor> }> = {};
    for (const [part, { config, weights }] of Object.entries(files.components))
      components[part] = { config: await readJson(at(config!)), tensors: weights === undefined ? undefined : await open(weights) };
    const modelIndex = files.modelIndex === undefined ? undefined : await readJson(at(files.modelIndex));
    return recogniseDiffusers(name, { modelIndex, components }, conventions);
  }
  const { config: path, weights } = files.components[''];
  if (path === undefined) return recogniseCheckpoint(name, await open(weights!), conventions);
  const config = await readJson(at(path));
  const isDiffusers = typeof config === 'object' && config !== null && '_class_name' in config;
  const tensors = await open(weights!);
  return isDiffusers
    ? recogniseDiffusers(name, { components: { '': { config, tensors } } }, conventions)
    : recogniseOwn(name, config, tensors);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new UserError(`Cannot read ${path}: ${reasonOf(error)}. Check its permissions.`, { cause: error });
  });
  return parseJson(text, path, 'Correct it, or copy the prior again.');
}

/** The name of a prior that says none itself. */
function shortName(given: string): string {
  if (isHubReference(given)) return parseHubReference(given).repo;
  const last = basename(given);
  return /^\.(safetensors|ckpt|pt|pth|bin)$/.test(extname(last)) ? basename(last, extname(last)) : last;
}
