import { parseJson } from '../../io/checked.js';
import { type AnyPrior, buildPrior, priorSchema, readSafetensors } from '../../priors/index.js';
import { UserError } from '../../tensor/errors.js';
import { fetchFile } from './fetch-file.js';

export interface WebPrior {
  readonly prior: AnyPrior;
  readonly name: string;
  readonly sha256: string;
}

/** The priors that come with the page, and about what their weights weigh, for the bar; the stream tells the rest. */
const sizes: Readonly<Record<string, number>> = {
  'ct-pixel': 7_680_000,
  'photo-pixel': 7_680_000,
  'ct-dncnn': 1_120_000,
  'photo-dncnn': 1_120_000,
};
const loaded = new Map<string, Promise<WebPrior>>();

/** A prior that came with the page. @throws UserError when it cannot be had */
export function loadEmbedded(name: string, base: URL, onProgress: (loaded: number, total: number) => void): Promise<WebPrior> {
  let prior = loaded.get(name);
  if (prior === undefined) {
    prior = fetchPrior(name, base, onProgress);
    prior.catch(() => loaded.delete(name)); // a second attempt tries again
    loaded.set(name, prior);
  }
  return prior;
}

async function fetchPrior(name: string, base: URL, onProgress: (loaded: number, total: number) => void): Promise<WebPrior> {
  const what = `The prior "${name}"`;
  if (!Object.hasOwn(sizes, name)) throw new UserError(`${what} is not one of this page, which has ${Object.keys(sizes).join(', ')}.`);
  const file = (path: string) => new URL(`priors/${name}/${path}`, base);
  const configBytes = await fetchFile(file('config.json'), what, 400);
  const bytes = await fetchFile(file('model.safetensors'), what, sizes[name], onProgress);
  const config = priorSchema.parse(parseJson(new TextDecoder().decode(configBytes), what, 'Load the page again.'));
  const { tensors } = readSafetensors(bytes, { name: what });
  return { prior: buildPrior(config, tensors), name, sha256: await hash([configBytes, bytes]) };
}

/** As the command line hashes a prior: its files one after another. Without a secure context browsers have no hash. */
async function hash(files: readonly Uint8Array[]): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) return '';
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(files as unknown as BlobPart[]).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
