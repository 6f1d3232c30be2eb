import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { takeLock } from '../../experiments/node/folder-lock.js';
import { ensureWritableFolder } from '../../io/node/index.js';
import { familyOf } from '../../priors/index.js';
import { embeddedPrior } from '../../priors/node/embedded-priors.js';
import { embeddedPriors, inspectPrior } from '../../priors/node/index.js';
import { versions } from '../../runtime/node/index.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import type { Limits, PriorView } from '../api.js';
import { createStudio, type StudioApp } from '../app.js';
import { FileStore } from './file-store.js';
import { Inspector } from './inspector.js';
import type { JobHands } from './job-hands.js';
import { JobStore } from './job-store.js';
import { Jobs } from './jobs.js';
import { LocalHands } from './local-hands.js';
import { pageFiles } from './page-files.js';

export interface StudioOptions {
  /** Where uploads and jobs are kept. */
  readonly data: string;
  /** (127.0.0.1) Beyond loopback a token is asked for. */
  readonly host?: string;
  /** (4747) 0 for any that is free. */
  readonly port?: number;
  /** Made at random where it is needed and none is given. */
  readonly token?: string;
  /** Jobs side by side (1; with a queue those that are out at once, 8). */
  readonly workers?: number;
  /** A Redis whose workers do the jobs; by default processes of this machine do. */
  readonly queue?: string;
  /** With a queue: a folder that all machines see. */
  readonly objects?: string;
  readonly limits?: Partial<Limits>;
  /** Priors besides the embedded ones, as `--prior` takes them. */
  readonly priors?: readonly string[];
  /** Bytes of the disk that uploads leave free. */
  readonly spare?: number;
  /** The folder of the built page (dist/web). */
  readonly page?: string;
  readonly onFault?: (error: unknown) => void;
  /** Hears of a Redis that went away, and of its coming back. */
  readonly onNotice?: (notice: string) => void;
}

/** What is too old is looked for so often. */
const SWEEP_MS = 3600_000;

export const usualLimits: Limits = {
  uploadBytes: 64 * 2 ** 20,
  pixels: 25e6,
  side: 1024,
  queue: 100,
  queuePerUser: 30,
  minutes: 60,
  keepDays: 30,
};

/** The studio without a socket: its app, and what it is made of. */
export interface Studio {
  readonly app: StudioApp;
  readonly jobs: Jobs;
  readonly token?: string;
  /** Jobs of an earlier server that are on the queue again. */
  readonly resumed: number;
  close(): Promise<void>;
}

/** Jobs that are out at once where workers do them, whose number is not known here. */
const REMOTE_PLACES = 8;

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
/** One that is shorter can be guessed. */
const SHORTEST_TOKEN = 16;

/**
 * Opens a studio on a folder of data, and goes on with what waited there.
 * @throws UserError when the folder cannot be written, another studio is at work on it, a prior cannot be read, or there is no Redis
 * where one is named
 */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  const { data, host = '127.0.0.1', onFault } = options;
  const limits = { ...usualLimits, ...options.limits };
  const loopback = isLoopback(host);
  const token = options.token ?? (loopback ? undefined : randomBytes(24).toString('base64url'));
  if (token !== undefined && token.length < SHORTEST_TOKEN)
    throw new UsageError(
      `The token has ${token.length} characters, and can be guessed. Give one of at least ${SHORTEST_TOKEN}, or none: then one is made.`,
    );
  const priors = await describePriors([...embeddedPriors(), ...(options.priors ?? [])]);
  await ensureWritableFolder(data);
  const release = await takeLock(join(data, '.lock'), {
    busy: (holder) => `Another studio is at work in ${data}${holder}. End it, or name another folder with --data.`,
    elsewhere: 'Name another folder with --data.',
  });
  const inspector = new Inspector();
  const files = new FileStore(data, inspector, { limits, spare: options.spare });
  const names = priors.map(({ name }) => name);
  const hands = await openHands(options).catch(async (error) => {
    await release();
    throw error;
  });
  const jobs = new Jobs(new JobStore(data), files, hands, { limits, priors: names, onFault });
  let timer: ReturnType<typeof setInterval> | undefined;
  const expire = async () => {
    if (limits.keepDays === null) return;
    const before = Date.now() - limits.keepDays * 24 * 3600 * 1000;
    await jobs.expire(before).catch((error) => onFault?.(error));
    await files.expire(before).catch((error) => onFault?.(error));
  };
  const close = async () => {
    clearInterval(timer);
    await jobs.close();
    inspector.close();
    await release();
  };
  try {
    await files.clean();
    const resumed = await jobs.resume();
    await expire();
    timer = setInterval(() => void expire(), SWEEP_MS).unref();
    const page = await pageFiles(options.page ?? fileURLToPath(new URL('../../web', import.meta.url)), priorFiles());
    const hosts = loopback ? [...new Set([...loopbackNames, host])] : undefined;
    const version = versions().posteriori;
    const app = createStudio({ files, jobs, priors, limits, version, page, guard: { token, hosts }, onFault });
    return { app, jobs, token, resumed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface RunningStudio extends Studio {
  /** Where it is found, with the token where there is one. */
  readonly address: string;
}

async function openHands({ queue: url, objects, workers, onNotice }: StudioOptions): Promise<JobHands> {
  if (url !== undefined) {
    const { RedisHands } = await import('./remote/redis-hands.js');
    return RedisHands.open({ url, objects, places: workers ?? REMOTE_PLACES, onNotice });
  }
  return new LocalHands(workers ?? 1);
}

/** {@link openStudio}, and listens. @throws UserError when the port cannot be had */
export async function startStudio(options: StudioOptions): Promise<RunningStudio> {
  const { host = '127.0.0.1', port = 4747 } = options;
  const studio = await openStudio(options);
  const server = createAdaptorServer({ fetch: studio.app.fetch, hostname: host }) as Server;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
  } catch (error) {
    await studio.close();
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another program listens there' : code === 'EACCES' ? 'permission is denied' : message;
    throw new UserError(`The studio cannot listen on ${host}, port ${port}: ${why}. Choose another with --port.`, { cause: error });
  }
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return {
    ...studio,
    address: `http://${host.includes(':') ? `[${host}]` : host}:${actual}/${studio.token ? `?token=${studio.token}` : ''}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await studio.close();
      await closed;
    },
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** What a page that computes by itself fetches: the priors are in the package already. */
function priorFiles(): Map<string, string> {
  const files = embeddedPriors().flatMap((name) => ['config.json', 'model.safetensors'].map((file) => [name, file] as const));
  return new Map(files.map(([name, file]) => [`/priors/${name}/${file}`, join(embeddedPrior(name), file)]));
}

async function describePriors(given: readonly string[]): Promise<PriorView[]> {
  return Promise.all(
    [...new Set(given)].map(async (name) => {
      const { kind, image } = await inspectPrior(name);
      return { name, kind, image: [...image], space: familyOf(kind).space };
    }),
  );
}
