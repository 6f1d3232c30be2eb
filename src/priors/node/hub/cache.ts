import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder, writeAtomically } from '../../../io/node/index.js';
import { everyFile, findPriorFiles, type PriorFiles } from '../../prior-files.js';
import type { HubReference } from './reference.js';

/*
 * The cache: hub/OWNER/NAME/refs/REVISION holds a commit, hub/OWNER/NAME/COMMIT.json what that commit consists of, and the folder
 * hub/OWNER/NAME/COMMIT the files fetched of it; one that is on its way is called `.part`. A commit never changes, so neither does its
 * list, and a partial file goes on from where it stopped.
 */

const fileSchema = z.strictObject({
  path: z.string(),
  size: z.int().nonnegative(),
  /** SHA-256 of a large file's bytes. */
  sha256: z.string().optional(),
  /** Git's own hash of a small file. */
  gitHash: z.string().optional(),
});
const listingSchema = z.strictObject({ repo: z.string(), revision: z.string(), commit: z.string(), files: z.array(fileSchema) });

export type HubFile = z.output<typeof fileSchema>;
/** Every file of one commit of a repository. */
export type Listing = z.output<typeof listingSchema>;

/** What a commit has of a prior, and how much of it is here. */
export interface Snapshot {
  readonly listing: Listing;
  /** Where its files are, or will be. */
  readonly folder: string;
  readonly files: PriorFiles;
  /** The files of the prior, in order, and those of them that are not here whole. */
  readonly wanted: readonly HubFile[];
  readonly missing: readonly HubFile[];
}

export const partOf = (path: string): string => `${path}.part`;

const home = (cache: string, repo: string) => join(cache, 'hub', ...repo.split('/'));
const refFile = (cache: string, { repo, revision }: HubReference) => join(home(cache, repo), 'refs', encodeURIComponent(revision));

/** The snapshot of a reference, undefined where the listing holds no prior at its path. */
export async function snapshotOf(cache: string, listing: Listing, path: string): Promise<Snapshot | undefined> {
  const files = findPriorFiles(
    listing.files.map((file) => file.path),
    path,
  );
  if (files === undefined) return undefined;
  const folder = join(home(cache, listing.repo), listing.commit);
  const paths = everyFile(files).map((name) => (files.base === '' ? name : `${files.base}/${name}`));
  const wanted = paths.map((name) => listing.files.find((file) => file.path === name)!);
  const sizes = await Promise.all(wanted.map(({ path }) => sizeOf(join(folder, path))));
  return { listing, folder, files, wanted, missing: wanted.filter(({ size }, i) => sizes[i] !== size) };
}

/** What is here of a reference, without asking the hub; undefined when the revision was never fetched whole. */
export async function cachedSnapshot(cache: string, reference: HubReference): Promise<Snapshot | undefined> {
  const commit = isCommit(reference.revision) ? reference.revision : await readText(refFile(cache, reference));
  const listing = commit && (await readListing(join(home(cache, reference.repo), `${commit}.json`)));
  const snapshot = listing ? await snapshotOf(cache, listing, reference.path) : undefined;
  return snapshot?.missing.length === 0 ? snapshot : undefined;
}

export async function saveListing(cache: string, listing: Listing): Promise<void> {
  const folder = home(cache, listing.repo);
  await makeFolder(folder);
  await writeAtomically(join(folder, `${listing.commit}.json`), `${JSON.stringify(listing)}\n`);
}

/** Let a revision stand for a commit from now on. */
export async function saveRevision(cache: string, reference: HubReference, commit: string): Promise<void> {
  const path = refFile(cache, reference);
  await makeFolder(join(path, '..'));
  await writeAtomically(path, commit);
}

/** A commit in the cache, for lists. */
export interface CachedCommit {
  readonly repo: string;
  /** Branches and tags that stand for it; the one it was asked for by when it is not whole yet. */
  readonly revisions: readonly string[];
  readonly commit: string;
  readonly folder: string;
  /** Bytes of all its files here. */
  readonly bytes: number;
  /** False while files are on their way. */
  readonly whole: boolean;
}

/** Everything in the cache, by name. */
export async function listCache(cache: string): Promise<CachedCommit[]> {
  const found: CachedCommit[] = [];
  for (const owner of await names(join(cache, 'hub'))) {
    for (const name of await names(join(cache, 'hub', owner))) {
      const repo = `${owner}/${name}`;
      const folder = home(cache, repo);
      const refs = await Promise.all(
        (await names(join(folder, 'refs'))).map(async (ref) => [decodeURIComponent(ref), await readText(join(folder, 'refs', ref))]),
      );
      for (const file of (await names(folder)).filter((entry) => entry.endsWith('.json'))) {
        const listing = await readListing(join(folder, file));
        if (listing === undefined) continue;
        const { commit, revision } = listing;
        const here = join(folder, commit);
        const paths = await readdir(here, { recursive: true }).catch(() => []);
        const infos = await Promise.all(paths.map((path) => stat(join(here, path))));
        const bytes = infos.reduce((sum, info) => sum + (info.isFile() ? info.size : 0), 0);
        const named = refs.filter(([, of]) => of === commit).map(([ref]) => ref!);
        const whole = named.length > 0 && !paths.some((path) => path.endsWith('.part'));
        found.push({ repo, revisions: named.length > 0 ? named : [revision], commit, folder: here, bytes, whole });
      }
    }
  }
  return found;
}

export function isCommit(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{40,64}$/.test(text);
}

/** Bytes of a file; undefined when it is not there. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (info) => info.size,
    () => undefined,
  );
}

async function readListing(path: string): Promise<Listing | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return listingSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // of another version, or damaged: it will be asked for again
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
