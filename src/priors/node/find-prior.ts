import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { reasonOf } from '../../io/node/index.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import { componentNames, everyFile, findPriorFiles, type PriorFiles, severalCheckpoints } from '../prior-files.js';
import { embeddedPrior, embeddedPriors } from './embedded-priors.js';
import { cachedOrPulled, type PullOptions } from './hub/pull.js';
import { formatHubReference, isHubReference, parseHubReference } from './hub/reference.js';

/** Where a prior is. */
export interface FoundPrior {
  /** As a manifest states it: an embedded prior's name, `hf:` with the commit, else an absolute path. */
  readonly path: string;
  /** What to call it in messages: as it was given. */
  readonly name: string;
  readonly files: PriorFiles;
  /** Absolute path of one of its files. */
  at(file: string): string;
}

/**
 * Find a prior by an embedded one's name, as a folder, as a file, or as `hf:OWNER/NAME[@REVISION][/PATH]`, which is pulled where the cache
 * does not have it.
 * @throws UserError when there is none, saying what can be given
 */
export async function findPrior(given: string, options: PullOptions = {}): Promise<FoundPrior> {
  if (isHubReference(given)) return onHub(given, options);
  if (embeddedPriors().includes(given)) return inFolder(embeddedPrior(given), given, given);
  const path = resolve(given);
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) {
    const found = await inFolder(path, given, path);
    const several = severalCheckpoints(given, found.files);
    if (several !== undefined) options.onNotice?.(several);
    return found;
  }
  if (info !== undefined) return asFile(path, given);
  const known = embeddedPriors();
  const list = known.length > 0 ? `The embedded priors are: ${known.join(', ')}.` : 'No prior is embedded in this copy.';
  throw new UsageError(
    `There is no prior "${given}". ${list} A prior of your own is given as its folder or checkpoint file, one of the Hugging Face hub as hf:OWNER/NAME.`,
  );
}

/** Absolute paths of all files of a prior, in the order in which they are hashed. */
export function pathsOf({ files, at }: FoundPrior): string[] {
  return everyFile(files).map(at);
}

async function onHub(given: string, options: PullOptions): Promise<FoundPrior> {
  const reference = parseHubReference(given);
  const { files, folder, listing } = await cachedOrPulled(reference, options);
  const path = formatHubReference({ ...reference, revision: listing.commit });
  return { path, name: given, files, at: (file) => join(folder, files.base, file) };
}

async function inFolder(folder: string, name: string, path: string): Promise<FoundPrior> {
  const files = findPriorFiles(await listFolder(folder));
  if (files !== undefined) return { path, name, files, at: (relative) => join(folder, relative) };
  throw new UsageError(
    `${name} holds no prior: neither config.json with model.safetensors, nor the parts of a diffusers model (model_index.json, unet, vqvae or vae), nor a checkpoint (.safetensors, .ckpt, .pt, .pth). Name another folder, or a file.`,
  );
}

/** A checkpoint, or weights with their configuration beside them. */
async function asFile(path: string, name: string): Promise<FoundPrior> {
  const folder = dirname(path);
  const own = basename(path);
  const beside = own.endsWith('.json') ? await listFolder(folder) : ['config.json'].filter((file) => existsSync(join(folder, file)));
  const files = findPriorFiles([...new Set([own, ...beside])], own)!;
  return { path, name, files, at: (relative) => join(folder, relative) };
}

/** Files of a folder and of the folders in it that may hold components, as relative paths with `/`. */
async function listFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error) => {
    throw new UserError(`Cannot read the folder ${folder}: ${reasonOf(error)}. Check its permissions.`, { cause: error });
  });
  const components = names.filter((name) => componentNames.includes(name));
  const inner = await Promise.all(
    components.map(async (name) => (await readdir(join(folder, name)).catch(() => [])).map((file) => `${name}/${file}`)),
  );
  return [...names.filter((name) => !components.includes(name)), ...inner.flat()];
}
