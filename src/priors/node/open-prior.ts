import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { checked, parseJson } from '../../io/checked.js';
import { fileSource, reasonOf } from '../../io/node/index.js';
import { printable } from '../../io/printable.js';
import { UserError } from '../../tensor/errors.js';
import { openTensorFile } from '../checkpoints/index.js';
import { type PriorConfig, priorParts, priorSchema } from '../families/index.js';
import { type Conventions, type Recognised, recogniseCheckpoint, recogniseDiffusers, recogniseOwn } from '../index.js';
import type { ComponentFiles } from '../prior-files.js';
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
  const openOne = async (path: string): Promise<ReadonlyMap<string, StoredTensor>> => {
    const file = await openTensorFile(await fileSource(found.at(path)));
    tensorFiles.set(path, file);
    return file.tensors;
  };
  const open = async ({ weights, shards }: ComponentFiles) =>
    unwrap(shards === undefined ? await openOne(weights!) : await openShards(found.at(weights!), weights!, shards, openOne));
  try {
    const told = await recognise(found, open, options.conventions);
    const stated = [...tensorFiles.values()].flatMap(({ metadata }) => metadata[CONFIG_KEY] ?? []);
    const recognised = stated.length === 0 || told.layout === 'posteriori' ? told : asStated(told, stated[0], found.name);
    const config = recognised.layout === 'posteriori' ? recognised.config : { ...recognised.config, name: shortName(given) };
    return { found, recognised: { ...recognised, config }, tensorFiles, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where a safetensors file of a layout without a configuration keeps it: in its metadata. */
export const CONFIG_KEY = 'posteriori.config';

/** A model by the configuration that its file states, where names and shapes say too little. @throws UserError when they disagree */
function asStated(told: Recognised, text: string, name: string): Recognised {
  const refuse = (problems: string) =>
    new UserError(`The metadata of ${name} (${CONFIG_KEY}) do not describe its model: ${problems}. Write the file again.`);
  const config = checked(priorSchema, parseJson(text, `the metadata of ${name}`, 'Write the file again.'), refuse);
  const shapes = (of: PriorConfig) => JSON.stringify(Object.values(priorParts(of)));
  if (shapes(config) !== shapes(told.config)) throw refuse('its tensors have other names or shapes');
  return { ...told, config, assumed: [] };
}

/** Names without what wrappers of PyTorch put into them: `torch.compile` and the parallel trainers. */
function unwrap(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const names = [...tensors.keys()].map((name) => name.replaceAll(/(^|\.)(?:_orig_mod|module)\./g, '$1'));
  // two names that fall together are two models: then they are left apart
  if (new Set(names).size < tensors.size) return tensors;
  return new Map([...tensors.values()].map((stored, i) => [names[i], stored]));
}

type Open = (files: ComponentFiles) => Promise<ReadonlyMap<string, StoredTensor>>;

async function recognise({ name, files, at }: FoundPrior, open: Open, conventions?: Conventions): Promise<Recognised> {
  if (files.kind === 'diffusers') {
    const components: Record<string, { config: unknown; tensors?: ReadonlyMap<string, StoredTensor> }> = {};
    for (const [part, own] of Object.entries(files.components))
      components[part] = { config: await readJson(at(own.config!)), tensors: own.weights === undefined ? undefined : await open(own) };
    const modelIndex = files.modelIndex === undefined ? undefined : await readJson(at(files.modelIndex));
    return recogniseDiffusers(name, { modelIndex, components }, conventions);
  }
  const own = files.components[''];
  if (own.config === undefined) return recogniseCheckpoint(name, await open(own), conventions);
  const config = await readJson(at(own.config));
  const isDiffusers = typeof config === 'object' && config !== null && '_class_name' in config;
  const tensors = await open(own);
  return isDiffusers
    ? recogniseDiffusers(name, { components: { '': { config, tensors } } }, conventions)
    : recogniseOwn(name, config, tensors);
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * The tensors of the files that an index names, as of one.
 * @param shards files that are there and may be meant, with their folder as `weights` has it
 * @throws UserError when the file is not an index, a file that it names is not there, or a tensor is not in the file that it should be in
 */
async function openShards(
  path: string,
  weights: string,
  shards: readonly string[],
  openOne: (path: string) => Promise<ReadonlyMap<string, StoredTensor>>,
): Promise<ReadonlyMap<string, StoredTensor>> {
  const { weight_map } = checked(
    indexSchema,
    await readJson(path),
    (problems) => new UserError(`${path} is no index of weights: ${problems}.`),
  );
  const folder = weights.slice(0, weights.lastIndexOf('/') + 1);
  const opened = new Map<string, ReadonlyMap<string, StoredTensor>>();
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shard] of Object.entries(weight_map)) {
    if (!shards.includes(folder + shard))
      throw new UserError(`${path} names the file "${printable(shard)}", which is not beside it. Download or copy all of its files.`);
    const file = opened.get(shard) ?? (await openOne(folder + shard));
    opened.set(shard, file);
    const stored = file.get(name);
    if (stored === undefined)
      throw new UserError(`${path} has the tensor "${printable(name)}" in ${shard}, which lacks it. Download or write the files again.`);
    tensors.set(name, stored);
  }
  for (const [shard, file] of opened)
    for (const name of file.keys())
      if (weight_map[name] !== shard)
        throw new UserError(
          `${shard} holds a tensor "${printable(name)}" that ${path} does not have there. Download or write the files again.`,
        );
  return tensors;
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
