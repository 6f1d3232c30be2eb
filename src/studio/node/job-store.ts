import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '../../io/node/index.js';
import type { JobRequest, JobResult, JobView } from '../api.js';
import { timeOf } from './ids.js';

/** What becomes of a job, as its `state.json` keeps it. */
export interface JobState extends Pick<JobView, 'status' | 'title' | 'created' | 'started' | 'finished' | 'restarts' | 'error'> {
  /** Later ones have higher: it is the order of the queue, also after a restart. */
  readonly sequence: number;
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  readonly result?: JobResult;
}

export interface StoredJob {
  readonly user: string;
  readonly id: string;
  readonly request: JobRequest;
  readonly state: JobState;
}

/** Jobs on disk: `users/USER/jobs/ID` with `request.json`, `state.json`, each renamed into place, and the folder `result`. */
export class JobStore {
  constructor(private readonly root: string) {}

  result(user: string, id: string): string {
    return join(this.folder(user, id), 'result');
  }

  async create({ user, id, request, state }: StoredJob): Promise<void> {
    await mkdir(this.folder(user, id), { recursive: true });
    await writeJson(join(this.folder(user, id), 'request.json'), request);
    await this.save(user, id, state);
  }

  async save(user: string, id: string, state: JobState): Promise<void> {
    await writeJson(join(this.folder(user, id), 'state.json'), state);
  }

  /** Undefined where there is none, or half of one. */
  async read(user: string, id: string): Promise<StoredJob | undefined> {
    try {
      const [request, state] = await Promise.all(
        ['request.json', 'state.json'].map(async (file) => JSON.parse(await readFile(join(this.folder(user, id), file), 'utf8'))),
      );
      return { user, id, request, state };
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || name === 'SyntaxError') return undefined;
      throw error;
    }
  }

  /** Of one user, the newest first. */
  async list(user: string, most: number): Promise<StoredJob[]> {
    const ids = await readdir(join(this.root, 'users', user, 'jobs')).catch(() => []);
    const newest = ids.sort().reverse().slice(0, most);
    const found = await Promise.all(newest.map((id) => this.read(user, id)));
    return found.filter((job) => job !== undefined).sort((a, b) => b.state.sequence - a.state.sequence);
  }

  /** What waited or ran when the server ended, of all users, in the order of the queue. */
  async unfinished(): Promise<StoredJob[]> {
    const found = (await this.every()).filter(({ state }) => state.status === 'queued' || state.status === 'running');
    return found.sort((a, b) => a.state.sequence - b.state.sequence);
  }

  /** Those of all users that were made before a time, in milliseconds since 1970. */
  olderThan(before: number): Promise<StoredJob[]> {
    return this.every((id) => timeOf(id) < before);
  }

  async remove(user: string, id: string): Promise<void> {
    await rm(this.folder(user, id), { recursive: true, force: true });
  }

  private async every(wanted: (id: string) => boolean = () => true): Promise<StoredJob[]> {
    const found: StoredJob[] = [];
    for (const user of await readdir(join(this.root, 'users')).catch(() => []))
      for (const id of await readdir(join(this.root, 'users', user, 'jobs')).catch(() => [])) {
        const job = wanted(id) ? await this.read(user, id) : undefined;
        if (job) found.push(job);
      }
    return found;
  }

  private folder(user: string, id: string): string {
    return join(this.root, 'users', user, 'jobs', id);
  }
}
