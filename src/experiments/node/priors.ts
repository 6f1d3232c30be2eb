import { existsSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readBytes } from '../../io/node/index.js';
import { type LatentPrior, type LatentPriorConfig, latentPrior, latentPriorSchema, readSafetensors } from '../../priors/index.js';
import { UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { sha256 } from '../hash.js';

/** The package's own folder `priors`, beside `src` and `dist`. */
const embedded = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'priors');

const configFile = 'config.json';
const weightsFile = 'model.safetensors';

/** What a prior is made of, and where it came from, as a manifest states it. */
export interface PriorParts {
  readonly config: LatentPriorConfig;
  /** Under full checkpoint names. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly name: string;
  /** An embedded prior's name, else the absolute path of its folder. */
  readonly path: string;
  /** SHA-256 of config and weights, in hexadecimal. */
  readonly sha256: string;
}

/** A prior ready for use. */
export interface LoadedPrior extends Pick<PriorParts, 'name' | 'path' | 'sha256'> {
  readonly prior: LatentPrior;
}

/** Names of the priors that come with the package. */
export function embeddedPriors(): string[] {
  if (!existsSync(embedded)) return [];
  return readdirSync(embedded)
    .filter((name) => existsSync(join(embedded, name, weightsFile)))
    .sort();
}

/**
 * A prior by name (`ct`) or as a folder with config.json and model.safetensors.
 * @throws UserError when there is none (listing those there are), its config is wrong (naming the field) or its weights do not fit (naming the tensor).
 */
export async function loadPrior(nameOrPath: string): Promise<LoadedPrior> {
  const { config, weights, ...from } = await readPrior(nameOrPath);
  return { prior: latentPrior(config, weights), ...from };
}

/**
 * Configuration and weights of a prior by name or folder.
 * @throws UserError when there is none (listing those there are) or its config is wrong (naming the field).
 */
export async function readPrior(nameOrPath: string): Promise<PriorParts> {
  const folder = findPrior(nameOrPath);
  const configBytes = await readBytes(join(folder, configFile));
  const weightBytes = await readBytes(join(folder, weightsFile));
  const config = parseConfig(new TextDecoder().decode(configBytes), join(folder, configFile));
  const { tensors } = readSafetensors(weightBytes, { name: join(folder, weightsFile) });
  const both = new Uint8Array(configBytes.length + weightBytes.length);
  both.set(configBytes);
  both.set(weightBytes, configBytes.length);
  return {
    config,
    weights: tensors,
    name: config.name,
    path: dirname(folder) === embedded ? nameOrPath : folder,
    sha256: await sha256(both),
  };
}

function findPrior(nameOrPath: string): string {
  const isName = /^[\w-]+$/.test(nameOrPath);
  if (isName && embeddedPriors().includes(nameOrPath)) return join(embedded, nameOrPath);
  const folder = isAbsolute(nameOrPath) ? nameOrPath : resolve(nameOrPath);
  if (existsSync(join(folder, weightsFile)) && existsSync(join(folder, configFile))) return folder;
  const known = embeddedPriors();
  const list = known.length > 0 ? `The embedded priors are: ${known.join(', ')}.` : 'No prior is embedded in this copy.';
  throw new UserError(
    `There is no prior "${nameOrPath}". ${list} A prior of your own is given as its folder, with ${configFile} and ${weightsFile} in it.`,
    {
      exitCode: 2,
    },
  );
}

function parseConfig(text: string, path: string) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}. Correct it, or copy the prior again.`, { cause: error });
  }
  const result = latentPriorSchema.safeParse(value);
  if (result.success) return result.data;
  throw new UserError(
    `${path} is no configuration of a prior: ${z
      .prettifyError(result.error)
      .replace(/^✖ /gm, '')
      .replace(/\s*\n\s*/g, ' ')}.`,
  );
}
