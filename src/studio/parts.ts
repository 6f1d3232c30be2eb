import type { FileView, JobRequest, JobView, Limits, Preparation, PriorView } from './api.js';
import type { EventLog } from './event-log.js';

/* What the studio's app is made of. The app itself knows neither disk nor processes. */

/** The users' uploads. A user is a folder's name; another's files are not there for them. */
export interface StudioFiles {
  /** @throws Refusal when it is too large, no image, damaged, or the disk is full */
  add(user: string, name: string, body: ReadableStream<Uint8Array> | null): Promise<FileView>;
  list(user: string): Promise<FileView[]>;
  /** @throws Refusal 404 */
  find(user: string, id: string): Promise<FileView>;
  /** A PNG. @throws Refusal 404 */
  preview(user: string, id: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The file itself. @throws Refusal 404 */
  content(user: string, id: string): Promise<Stored>;
  /** Another file, the image that a model takes. @throws Refusal 404, or when it cannot be made of that file */
  prepare(user: string, id: string, how: Preparation): Promise<FileView>;
  /** @throws Refusal 404, or 409 while a job needs it */
  remove(user: string, id: string): Promise<void>;
}

/** The users' jobs, and the queue of all. */
export interface StudioJobs {
  /** @throws Refusal when it asks the impossible, or too many wait */
  submit(user: string, request: JobRequest): Promise<JobView>;
  /** Newest first. */
  list(user: string, most: number): Promise<JobView[]>;
  /** @throws Refusal 404 */
  find(user: string, id: string): Promise<JobView>;
  /** Ends a job that waits or runs, and removes one that is over. @returns it, where it is still there. @throws Refusal 404 */
  remove(user: string, id: string): Promise<JobView | undefined>;
  /** @throws Refusal 404 */
  events(user: string, id: string): Promise<EventLog>;
  /** One of the files that its result names. @throws Refusal 404 */
  result(user: string, id: string, name: string): Promise<Stored>;
}

export interface Stored {
  readonly bytes: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  /** Whether its name changes with its content. */
  readonly immutable: boolean;
  /** Changes with the content. */
  readonly tag: string;
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

export interface StudioParts {
  readonly files: StudioFiles;
  readonly jobs: StudioJobs;
  readonly priors: readonly PriorView[];
  readonly limits: Limits;
  readonly version: string;
  /** A file of the page by its path, `/` for the page itself. */
  page(path: string): Promise<PageFile | undefined>;
  readonly guard: GuardOptions;
  /** Hears of errors that are nobody's but the program's. */
  onFault?(error: unknown): void;
}

export interface GuardOptions {
  /** What a client must show; without it none is asked for. */
  readonly token?: string;
  /** Names that the server goes by, without port; any where absent. It keeps out pages that point a name of theirs at this machine. */
  readonly hosts?: readonly string[];
}
