import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong, and how often. */
export interface Faults {
  /** Answers of the storage host that are cut off after so many bytes, by file; `times` counts down. */
  drop?: Record<string, { after: number; times: number }>;
  /** The storage host sends everything whatever range is asked for. */
  ignoreRanges?: boolean;
  /** Files whose bytes are not those that their hash is of. */
  forged?: readonly string[];
  /** Sizes that the listing states in place of the true ones. */
  sizes?: Record<string, number>;
  /** What every question of the API gets. */
  status?: number;
  /** Questions of the API that get status 500, counted down, and what `Retry-After` says then. */
  troubled?: { times: number; retryAfter?: string };
  /** Fields of the listing and of the model that are not as they should be. */
  nonsense?: { sha?: unknown; size?: unknown; oid?: unknown };
  /** Answers of the storage host with status 503 before it works. */
  unavailable?: number;
}

export interface Seen {
  readonly host: 'hub' | 'storage';
  readonly path: string;
  readonly range?: string;
  readonly authorization?: string;
}

/**
 * A stand-in for the hub: the routes of its API for one repository, large files redirected to a host of their own, as there.
 * @param files by path; those from 1000 bytes on are stored as LFS
 */
export class FakeHub {
  readonly seen: Seen[] = [];
  /** Bytes of bodies sent, by file. */
  readonly sent: Record<string, number> = {};
  faults: Faults = {};
  /** Without it the API answers 401, where set. */
  token: string | undefined;

  private constructor(
    readonly repo: string,
    readonly commit: string,
    private readonly files: ReadonlyMap<string, Uint8Array>,
    private readonly prefix: string,
    private readonly hub: Server,
    private readonly storage: Server,
  ) {}

  static async start(
    files: Readonly<Record<string, Uint8Array | string>>,
    { repo = 'someone/prior', prefix = '' }: { repo?: string; prefix?: string } = {},
  ): Promise<FakeHub> {
    const bytes = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content as Uint8Array)]));
    const commit = createHash('sha1')
      .update([...bytes.values()].map(sha256).join())
      .digest('hex');
    const [hub, storage] = [createServer(), createServer()];
    const fake = new FakeHub(repo, commit, bytes, prefix, hub, storage);
    hub.on('request', (request, response) => fake.answer(request, response));
    storage.on('request', (request, response) => fake.store(request, response));
    for (const server of [hub, storage]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return fake;
  }

  /** For HF_ENDPOINT. */
  get endpoint(): string {
    return `${address(this.hub)}${this.prefix}`;
  }

  /** Requests for the contents of files. */
  get downloads(): Seen[] {
    return this.seen.filter(({ host, path }) => host === 'storage' || path.includes('/resolve/'));
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.storage]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse): ServerResponse {
    const { pathname, searchParams } = new URL(request.url!, address(this.hub));
    this.note('hub', pathname, request);
    if (!pathname.startsWith(this.prefix)) return end(response, 404);
    const path = pathname.slice(this.prefix.length);
    if (this.faults.status) return end(response, this.faults.status);
    const { troubled, nonsense } = this.faults;
    if (troubled && troubled.times-- > 0) return end(response, 500, troubled.retryAfter ? { 'retry-after': troubled.retryAfter } : {});
    if (this.token && request.headers.authorization !== `Bearer ${this.token}`) return end(response, 401);
    const revision = new RegExp(`^/api/models/${this.repo}/revision/(.+)$`).exec(path)?.[1];
    if (revision !== undefined) {
      if (!['main', 'v1%2Fbeta', this.commit].includes(revision)) return end(response, 404, { 'x-error-code': 'RevisionNotFound' });
      return json(response, { _id: '1', id: this.repo, sha: nonsense?.sha ?? this.commit, lastModified: '2024-01-01T00:00:00.000Z' });
    }
    if (path === `/api/models/${this.repo}/tree/${this.commit}`) return this.tree(response, Number(searchParams.get('cursor') ?? 0));
    const file = decodeURIComponent(new RegExp(`^/${this.repo}/resolve/${this.commit}/(.+)$`).exec(path)?.[1] ?? '');
    const bytes = this.files.get(file);
    if (bytes === undefined)
      return end(response, 404, { 'x-error-code': path.startsWith(`/${this.repo}`) ? 'EntryNotFound' : 'RepoNotFound' });
    if (isLarge(bytes)) return end(response, 302, { location: `${address(this.storage)}/${encodeURIComponent(file)}` });
    return this.send(file, request, response);
  }

  /** The listing, two entries a page. */
  private tree(response: ServerResponse, at: number): ServerResponse {
    const folders = new Set([...this.files.keys()].flatMap((path) => path.split('/').slice(0, -1).slice(0, 1)));
    const entries = [
      ...[...folders].map((path) => ({ type: 'directory', oid: '0', size: 0, path })),
      ...[...this.files].map(([path, bytes]) => ({
        type: 'file',
        path,
        size: this.faults.nonsense?.size ?? bytes.length,
        oid: gitHash(bytes),
        ...(isLarge(bytes) && {
          lfs: { oid: this.faults.nonsense?.oid ?? sha256(bytes), size: this.faults.sizes?.[path] ?? bytes.length, pointerSize: 135 },
        }),
      })),
    ];
    const next = `<${this.endpoint}/api/models/${this.repo}/tree/${this.commit}?recursive=true&cursor=${at + 2}>; rel="next"`;
    return json(response, entries.slice(at, at + 2), at + 2 < entries.length ? { link: next } : {});
  }

  private store(request: IncomingMessage, response: ServerResponse): ServerResponse {
    const file = decodeURIComponent(request.url!.slice(1));
    this.note('storage', file, request);
    if (this.faults.unavailable) {
      this.faults.unavailable--;
      return end(response, 503);
    }
    return this.send(file, request, response);
  }

  private send(file: string, request: IncomingMessage, response: ServerResponse): ServerResponse {
    const { forged, ignoreRanges, drop } = this.faults;
    const stored = this.files.get(file)!;
    const whole = forged?.includes(file) ? stored.map((byte) => byte ^ 1) : stored;
    const from = ignoreRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const body = whole.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': body.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
    });
    const fault = drop?.[file];
    const cut = fault !== undefined && fault.times > 0 ? fault.after : body.length;
    if (fault !== undefined) fault.times--;
    this.sent[file] = (this.sent[file] ?? 0) + Math.min(cut, body.length);
    if (cut >= body.length) return response.end(body);
    response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 200)); // let it arrive first
    return response;
  }

  private note(host: Seen['host'], path: string, { headers }: IncomingMessage): void {
    this.seen.push({ host, path, range: headers.range, authorization: headers.authorization });
  }
}

const isLarge = (bytes: Uint8Array) => bytes.length >= 1000;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const gitHash = (bytes: Uint8Array) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
const address = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): ServerResponse {
  return response.writeHead(status, headers).end(status >= 400 ? 'no' : undefined);
}

function json(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): ServerResponse {
  return response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}
