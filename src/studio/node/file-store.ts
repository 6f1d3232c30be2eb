import { mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, writeJson } from '../../io/node/index.js';
import type { FileView, Limits } from '../api.js';
import { shownName } from '../names.js';
import type { StudioFiles } from '../parts.js';
import { notThere, Refusal, uploadTooLarge } from '../refusal.js';
import { newId } from './ids.js';
import type { Inspector } from './inspector.js';

export interface FileStoreOptions {
  readonly limits: Limits;
  /** Bytes of the disk that uploads leave free (256 MiB). */
  readonly spare?: number;
}

/**
 * Uploads on disk: `users/USER/files/ID` with the file itself, what is known of it and its preview. A folder gets its name when all of it
 * is there. What the user calls the file names nothing here.
 */
export class FileStore implements StudioFiles {
  /** Whether a job that is not over needs the file. */
  inUse: (user: string, id: string) => boolean = () => false;

  constructor(
    private readonly root: string,
    private readonly inspector: Inspector,
    private readonly options: FileStoreOptions,
  ) {}

  /** Takes away what a killed server left half uploaded. */
  async clean(): Promise<void> {
    await rm(join(this.root, 'incoming'), { recursive: true, force: true });
    await makeFolder(join(this.root, 'incoming'));
  }

  async add(user: string, given: string, body: ReadableStream<Uint8Array> | null): Promise<FileView> {
    const { limits, spare = 256 * 2 ** 20 } = this.options;
    const name = shownName(given);
    const id = newId();
    const incoming = join(this.root, 'incoming', id);
    const path = join(incoming, 'content');
    try {
      const { bavail, bsize } = await statfs(this.root);
      if (bavail * bsize < spare)
        throw new Refusal(
          507,
          'The disk of the server is nearly full: no uploads are taken.',
          'Remove old jobs, or ask whoever runs the studio.',
        );
      await mkdir(incoming);
      const bytes = await receive(path, body, limits.uploadBytes);
      if (bytes === 0) throw new Refusal(400, `${name} is empty (0 bytes).`, 'Copy or export it again.');
      const work = { path, mostPixels: limits.pixels, preview: join(incoming, 'preview.png') };
      const inspected = await this.inspector.inspect(work).catch((error) => {
        throw error instanceof Refusal ? new Refusal(error.status, error.message.replaceAll(path, name), error.remedy) : error;
      });
      const view: FileView = { id, name, bytes, ...inspected, notices: inspected.notices.map((text) => text.replaceAll(path, name)) };
      await writeJson(join(incoming, 'about.json'), view);
      await mkdir(join(this.root, 'users', user, 'files'), { recursive: true });
      await rename(incoming, this.folder(user, id));
      return view;
    } catch (error) {
      await rm(incoming, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
  }

  async list(user: string): Promise<FileView[]> {
    const ids = await readdir(join(this.root, 'users', user, 'files')).catch(() => []);
    return Promise.all(
      ids
        .sort()
        .reverse()
        .map((id) => this.find(user, id)),
    );
  }

  async find(user: string, id: string): Promise<FileView> {
    return JSON.parse(await this.read(user, id, 'about.json').then((bytes) => bytes.toString('utf8'))) as FileView;
  }

  async preview(user: string, id: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.read(user, id, 'preview.png');
  }

  /** Where the file itself lies. */
  content(user: string, id: string): string {
    return join(this.folder(user, id), 'content');
  }

  async remove(user: string, id: string): Promise<void> {
    await this.find(user, id);
    if (this.inUse(user, id)) throw new Refusal(409, 'A job that waits or runs needs this file.', 'Cancel the job first, or wait for it.');
    await rm(this.folder(user, id), { recursive: true, force: true });
  }

  private async read(user: string, id: string, file: string): Promise<Buffer<ArrayBuffer>> {
    return readFile(join(this.folder(user, id), file)).catch((error) => {
      throw error.code === 'ENOENT' ? notThere('file') : error;
    }) as Promise<Buffer<ArrayBuffer>>;
  }

  private folder(user: string, id: string): string {
    return join(this.root, 'users', user, 'files', id);
  }
}

/** Writes what comes to a file, piece by piece. @returns how many bytes came */
async function receive(path: string, body: ReadableStream<Uint8Array> | null, most: number): Promise<number> {
  const file = await open(path, 'wx');
  const reader = body?.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const piece = await reader?.read().catch((cause) => {
        throw new Refusal(400, 'The connection was lost before the file was whole.', 'Send it again.', { cause });
      });
      if (piece?.value === undefined) return bytes;
      bytes += piece.value.length;
      if (bytes > most) throw uploadTooLarge(most);
      await file.appendFile(piece.value);
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}
