import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder, reasonOf } from '../../../io/node/index.js';
import { UserError } from '../../../tensor/errors.js';
import { type HubFile, partOf, sizeOf } from './cache.js';
import { connectionReason, HubError } from './client.js';

export interface DownloadOptions {
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal;
  /** Bytes of the file that are here now; falls when a part has to be thrown away. */
  readonly onBytes?: (bytes: number) => void;
  /** Waits between attempts in milliseconds; as many attempts without a new byte are made. */
  readonly waits?: readonly number[];
}

const usualWaits = [1000, 2000, 4000, 8000, 16000];

/*
 * Why not the downloads of @huggingface/hub: they give a Blob that cannot be told where to go on (a dropped connection loses it all), take
 * a whole body for a range where the server ignores ranges, hold a file in memory then, and cannot be cancelled.
 */

/**
 * Fetch one file into `path`. It grows in `path.part`, goes on there after any interruption, and gets its name when size and hash are
 * right.
 * @throws HubError when the server refuses or the connection stays broken; UserError when the hash is wrong (the part is removed) or the
 * disk is full
 */
export async function downloadFile(url: string, path: string, file: HubFile, options: DownloadOptions): Promise<void> {
  const { waits = usualWaits, signal, onBytes = () => {} } = options;
  const name = file.path;
  await makeFolder(dirname(path));
  const part = await Part.open(partOf(path), file, signal);
  try {
    onBytes(part.bytes);
    let [best, attempt] = [part.bytes, 0];
    while (part.bytes < file.size) {
      try {
        await fetchRest(url, part, options);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof UserError && !(error instanceof HubError && error.transient)) throw error;
        if (part.bytes > best) attempt = 0;
        best = Math.max(best, part.bytes);
        if (attempt >= waits.length) {
          const reason = error instanceof HubError ? error.message : `The connection broke: ${connectionReason(error)}.`;
          throw new HubError(
            `${name} is not whole (${part.bytes} of ${file.size} bytes). ${reason} What is here is kept: the same command goes on from it.`,
            undefined,
            error,
          );
        }
        await sleep(waits[attempt++], undefined, { signal });
      }
    }
    if (!part.isRight()) {
      await rm(partOf(path), { force: true });
      throw new UserError(
        `${name} was loaded, but its hash is not the one the hub states: the file was damaged on its way, or is not what it claims to be. It was removed; run the same command again, and do not use it if this happens twice.`,
      );
    }
  } finally {
    await part.close();
  }
  await rename(partOf(path), path);
}

/** One request for what is missing; returns when the answer is over. */
async function fetchRest(url: string, part: Part, { fetch, onBytes = () => {} }: DownloadOptions): Promise<void> {
  // ranges count bytes as stored, so no compression on the way
  const headers = { 'accept-encoding': 'identity', ...(part.bytes > 0 && { range: `bytes=${part.bytes}-` }) };
  const response = await fetch(url, { headers }).catch(async (error) => {
    if ((error as HubError).status === 416) await part.restart();
    throw error;
  });
  const from = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  const goesOn = response.status === 206 && Number(from) === part.bytes;
  // a server that ignores ranges sends it all
  if (part.bytes > 0 && !goesOn) await part.restart();
  if (response.status === 206 && !goesOn) {
    await response.body?.cancel();
    throw new Error('the server sent another range than was asked for');
  }
  for await (const chunk of response.body ?? []) {
    await part.append(chunk);
    onBytes(part.bytes);
  }
  if (part.bytes < part.file.size) throw new Error('the answer ended early');
}

/** The part of a file that is here, hashed as it grows. */
class Part {
  bytes = 0;
  private hash: Hash;

  private constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
    readonly file: HubFile,
  ) {
    this.hash = newHash(file);
  }

  static async open(path: string, file: HubFile, signal?: AbortSignal): Promise<Part> {
    const there = (await sizeOf(path)) ?? 0;
    const handle = await open(path, 'a').catch((error) => {
      throw unwritable(path, error);
    });
    const part = new Part(handle, path, file);
    if (there > file.size) await part.restart();
    else if (there > 0) await part.countPresent(there, signal);
    return part;
  }

  async append(chunk: Uint8Array): Promise<void> {
    if (this.bytes + chunk.length > this.file.size)
      throw new UserError(
        `The hub sends more bytes of ${this.file.path} than the ${this.file.size} it announced. Run the same command again.`,
      );
    await this.handle.appendFile(chunk).catch((error) => {
      throw unwritable(this.path, error);
    });
    this.count(chunk);
  }

  async restart(): Promise<void> {
    await this.handle.truncate(0);
    this.hash = newHash(this.file);
    this.bytes = 0;
  }

  /** Whether size and hash are those that the hub states; where it states no hash, the size. */
  isRight(): boolean {
    const { sha256, gitHash, size } = this.file;
    const wanted = sha256 ?? gitHash;
    return this.bytes === size && (wanted === undefined || this.hash.digest('hex') === wanted);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async countPresent(bytes: number, signal?: AbortSignal): Promise<void> {
    try {
      for await (const chunk of createReadStream(this.path, { end: bytes - 1, signal })) this.count(chunk);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  private count(chunk: Uint8Array): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
  }
}

function newHash({ sha256, gitHash, size }: HubFile): Hash {
  if (sha256 !== undefined || gitHash === undefined) return createHash('sha256');
  // what git calls the hash of a file
  return createHash('sha1').update(`blob ${size}\0`);
}

function unwritable(path: string, error: unknown): UserError {
  return new UserError(
    `Cannot write ${path}: ${reasonOf(error)}. Free some space, or name another folder by POSTERIORI_CACHE; the same command goes on from what is here.`,
    { cause: error },
  );
}
