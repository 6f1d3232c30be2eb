import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { listFiles } from '@huggingface/hub';
import { z } from 'zod';
import { formatBytes } from '../../../io/format-bytes.js';
import { makeFolder } from '../../../io/node/index.js';
import { UsageError, UserError } from '../../../tensor/errors.js';
import { checkRelativePath, severalCheckpoints } from '../../prior-files.js';
import {
  cachedSnapshot,
  type HubFile,
  isCommit,
  type Listing,
  partOf,
  type Snapshot,
  saveListing,
  saveRevision,
  sizeOf,
  snapshotOf,
} from './cache.js';
import { HubError, hubFetch, persistent } from './client.js';
import { type DownloadOptions, downloadFile } from './download.js';
import { locked } from './lock.js';
import { formatHubReference, type HubReference } from './reference.js';
import { type HubSettings, hubSettings } from './settings.js';

/** How far a pull is. */
export interface PullProgress {
  /** The file that is on its way. */
  readonly file: string;
  /** Bytes here and in all, of all files together. */
  readonly done: number;
  readonly total: number;
}

export interface PullOptions extends Pick<DownloadOptions, 'signal' | 'waits'> {
  readonly onProgress?: (progress: PullProgress) => void;
  /** Sentences for the user, as they come up. */
  readonly onNotice?: (notice: string) => void;
  readonly settings?: HubSettings;
}

/** The server's fault, mostly, and over in seconds. */
const usualListingWaits = [1000, 2000, 4000];

export interface Pulled extends Snapshot {
  /** Bytes that came over the network. */
  readonly downloaded: number;
}

/** The prior of a reference from the cache, without a question to the hub; what is not there is pulled. */
export async function cachedOrPulled(reference: HubReference, options: PullOptions = {}): Promise<Snapshot> {
  return (await cachedSnapshot((options.settings ?? hubSettings()).cache, reference)) ?? pull(reference, options);
}

/**
 * Fetch the prior that a reference stands for now: the files it needs of the repository's present commit, those not in the cache yet.
 * An interrupted pull goes on where it stopped.
 * @throws UserError when the hub refuses or cannot be reached, the repository holds no prior, a hash is wrong, or the disk is full
 */
export async function pull(reference: HubReference, options: PullOptions = {}): Promise<Pulled> {
  const { settings = hubSettings(), signal, onProgress = () => {}, onNotice = () => {}, waits } = options;
  const fetch = hubFetch(settings, reference, signal);
  const listing = await list(reference, settings, persistent(fetch, waits ?? usualListingWaits, signal)).catch((error) => {
    signal?.throwIfAborted();
    throw error;
  });
  const snapshot = await snapshotOf(settings.cache, listing, reference.path);
  if (snapshot === undefined) throw new UsageError(nothingThere(reference, listing));
  const { wanted, missing, folder, files } = snapshot;
  const several = severalCheckpoints(reference.repo, files);
  if (several !== undefined) onNotice(several);
  const total = sum(wanted);
  if (missing.length > 0) onNotice(`Loading ${formatHubReference(reference)}, ${formatBytes(total)}, into ${settings.cache}.`);
  let [before, downloaded] = [total - sum(missing), 0];
  await locked(`${folder}.lock`, async () => {
    await saveListing(settings.cache, listing);
    await checkSpace(folder, missing);
    for (const file of missing) {
      const path = join(folder, file.path);
      let last: number | undefined;
      await downloadFile(resolveUrl(settings, listing, file), path, file, {
        fetch,
        signal,
        waits,
        onBytes: (bytes) => {
          downloaded += Math.max(0, bytes - (last ?? bytes));
          last = bytes;
          onProgress({ file: file.path, done: before + bytes, total });
        },
      });
      before += file.size;
    }
    await saveRevision(settings.cache, reference, listing.commit);
  });
  return { ...snapshot, missing: [], downloaded };
}

/** The repository's files at the commit that the revision means now. */
async function list({ repo, revision }: HubReference, settings: HubSettings, fetch: typeof globalThis.fetch): Promise<Listing> {
  const hub = await import('@huggingface/hub'); // late, since few commands need it
  try {
    const from = { hubUrl: settings.endpoint, fetch };
    const { sha: commit } = await hub.modelInfo({ ...from, name: repo, revision, additionalFields: ['sha'] });
    if (!isCommit(commit)) throw new Error(`no commit: ${commit}`);
    const files: HubFile[] = [];
    for await (const entry of hub.listFiles({ ...from, repo: { type: 'model', name: repo }, revision: commit, recursive: true })) {
      if (entry.type === 'file') files.push(asFile(entry));
    }
    return { repo, revision, commit, files };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new HubError(
      `${settings.endpoint} does not answer as the Hugging Face hub does. Check HF_ENDPOINT, or whether a page of the network's stands in between.`,
      undefined,
      error,
    );
  }
}

type Entry = ReturnType<typeof listFiles> extends AsyncGenerator<infer E> ? E : never;

/** What is taken over from a listing; it comes from outside, whatever the types say. */
const entrySchema = z.object({
  path: z.string(),
  size: z.number().nonnegative(),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().nonnegative() }).optional(),
});

function asFile(entry: Entry): HubFile {
  const { path, size, oid, lfs } = entrySchema.parse(entry);
  checkRelativePath(path);
  if (lfs !== undefined) return { path, size: lfs.size, sha256: lfs.oid };
  return oid === undefined ? { path, size } : { path, size, gitHash: oid };
}

function resolveUrl({ endpoint }: HubSettings, { repo, commit }: Listing, { path }: HubFile): string {
  return `${endpoint}/${repo}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** @throws UserError when the disk has not the room, before anything is loaded. */
async function checkSpace(folder: string, missing: readonly HubFile[]): Promise<void> {
  await makeFolder(folder);
  let needed = 0;
  for (const { path, size } of missing) needed += size - ((await sizeOf(partOf(join(folder, path)))) ?? 0);
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
  if (needed <= free) return;
  throw new UserError(
    `${folder} has no room: ${formatBytes(needed)} are to come and ${formatBytes(free)} are free. Free some space, or name another folder by POSTERIORI_CACHE.`,
  );
}

function nothingThere({ repo, path }: HubReference, { files }: Listing): string {
  const paths = files.map((file) => file.path);
  const some = paths.slice(0, 12).join(', ') + (paths.length > 12 ? ', ...' : '');
  return `${repo} holds no prior${path && ` at ${path}`}: neither config.json with weights, nor the parts of a diffusers model, nor a checkpoint. It has: ${some || 'nothing'}.`;
}

function sum(files: readonly HubFile[]): number {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}
