import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { makeFolder, writeJson } from '../../io/node/index.js';
import type { FileView, Limits, Preparation } from '../api.js';
import { shownName } from '../names.js';
import type { Stored, StudioFiles } from '../parts.js';
import { notThere, Refusal, uploadTooLarge } from '../refusal.js';
import { newId, timeOf } from './ids.js';
import type { Inspected, Inspection, PrepareWork } from './inspect.js';
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
    const { limits } = this.options;
    const name = shownName(given);
    return this.enter(user, name, async ({ content, preview }) => {
      const bytes = await receive(content, body, limits.uploadBytes);
      if (bytes === 0) throw new Refusal(400, `${name} is empty (0 bytes).`, 'Copy or export it again.');
      return this.read(name, { ask: 'inspect', path: content, mostPixels: limits.pixels, preview });
    });
  }

  async prepare(user: string, id: string, how: Preparation): Promise<FileView> {
    const { name } = await this.find(user, id);
    const { side } = this.options.limits;
    if (how.side > side)
      throw new Refusal(422, `The image would have ${how.side} pixels a side, and this studio makes at most ${side}.`, 'Choose fewer.');
    return this.enter(user, name, ({ content, preview }) =>
      this.read(name, { ask: 'prepare', path: this.path(user, id), how, out: content, preview }),
    );
  }

  /** A new file, whose folder gets its name when all of it is there. */
  private async enter(
    user: string,
    name: string,
    make: (paths: { readonly content: string; readonly preview: string }) => Promise<Inspected>,
  ): Promise<FileView> {
    const id = newId();
    const incoming = join(this.root, 'incoming', id);
    const paths = { content: join(incoming, 'content'), preview: join(incoming, 'preview.png') };
    try {
      await this.checkSpace();
      await mkdir(incoming);
      const made = await make(paths);
      const view: FileView = { id, name, bytes: (await stat(paths.content)).size, ...made };
      await writeJson(join(incoming, 'about.json'), view);
      await mkdir(join(this.root, 'users', user, 'files'), { recursive: true });
      await rename(incoming, this.folder(user, id));
      return view;
    } catch (error) {
      await rm(incoming, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
  }

  /** What the file is, told by the name that the user knows it by. */
  private async read(name: string, work: Inspection | PrepareWork): Promise<Inspected> {
    const inspected = await this.inspector.inspect(work).catch((error) => {
      throw error instanceof Refusal ? new Refusal(error.status, error.message.replaceAll(work.path, name), error.remedy) : error;
    });
    return { ...inspected, notices: inspected.notices.map((text) => text.replaceAll(work.path, name)) };
  }

  private async checkSpace(): Promise<void> {
    const { spare = 256 * 2 ** 20 } = this.options;
    const { bavail, bsize } = await statfs(this.root);
    if (bavail * bsize >= spare) return;
    throw new Refusal(
      507,
      'The disk of the server is nearly full: no uploads are taken.',
      'Remove old jobs, or ask whoever runs the studio.',
    );
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
    return JSON.parse(await this.part(user, id, 'about.json').then((bytes) => bytes.toString('utf8'))) as FileView;
  }

  async preview(user: string, id: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.part(user, id, 'preview.png');
  }

  async content(user: string, id: string): Promise<Stored> {
    const { bytes } = await this.find(user, id);
    return { bytes, body: Readable.toWeb(createReadStream(this.path(user, id))) as ReadableStream<Uint8Array> };
  }

  /** Where the file itself lies. */
  path(user: string, id: string): string {
    return join(this.folder(user, id), 'content');
  }

  /** Removes uploads that came before a time, in milliseconds since 1970, and that no job needs. */
  async expire(before: number): Promise<void> {
    for (const user of await readdir(join(this.root, 'users')).catch(() => [])) {
      const folder = join(this.root, 'users', user, 'files');
      for (const id of await readdir(folder).catch(() => []))
        if (timeOf(id) < before && !this.inUse(user, id)) await rm(join(folder, id), { recursive: true, force: true });
    }
  }

  async remove(user: string, id: string): Promise<void> {
    await this.find(user, id);
    if (this.inUse(user, id)) throw new Refusal(409, 'A job that waits or runs needs this file.', 'Cancel the job first, or wait for it.');
    await rm(this.folder(user, id), { recursive: true, force: true });
  }

  private async part(user: string, id: string, file: string): Promise<Buffer<ArrayBuffer>> {
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
