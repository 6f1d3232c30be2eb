import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { formatNpy } from '../../io/index.js';
import { encodePng } from '../../io/node/index.js';
import { tensor } from '../../tensor/tensor.js';
import type { ErrorAnswer, FileView, JobView, JobWish } from '../api.js';
import { openStudio, type Studio, type StudioOptions } from '../node/studio-server.js';

/** A studio without a socket, on a folder of its own; gone after the test. */
export async function testStudio(options: Partial<StudioOptions> = {}): Promise<Studio & { readonly data: string }> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'posteriori-studio-')));
  const studio = await openStudio({ page: join(data, 'no-page'), ...options, data });
  onTestFinished(async () => {
    await studio.close();
    await rm(data, { recursive: true, force: true, maxRetries: 5 });
  });
  return { ...studio, data };
}

type Fetch = (url: string, init?: RequestInit) => Response | Promise<Response>;

/** A browser: it keeps its cookies. */
export class Visitor {
  private cookies = new Map<string, string>();

  constructor(
    private readonly send: Fetch,
    private readonly base = 'http://localhost',
  ) {}

  /** The same browser, with its cookies, at another address. */
  at(base: string): Visitor {
    const visitor = new Visitor(this.send, base);
    visitor.cookies = this.cookies;
    return visitor;
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) headers.set('Cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await this.send(`${this.base}${path}`, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    return response;
  }

  upload(bytes: Uint8Array | ReadableStream<Uint8Array>, name = 'disc.png', headers: Record<string, string> = {}): Promise<Response> {
    const body = bytes as BodyInit;
    const stream = bytes instanceof ReadableStream ? ({ duplex: 'half' } as object) : {};
    return this.fetch(`/api/files?name=${encodeURIComponent(name)}`, { method: 'POST', body, headers, ...stream });
  }

  async uploaded(bytes: Uint8Array, name?: string): Promise<FileView> {
    return answer(await this.upload(bytes, name), 201);
  }

  submit(wish: JobWish): Promise<Response> {
    return this.fetch('/api/jobs', { method: 'POST', body: JSON.stringify(wish), headers: { 'Content-Type': 'application/json' } });
  }

  async submitted(wish: JobWish): Promise<JobView> {
    return answer(await this.submit(wish), 201);
  }

  async job(id: string): Promise<JobView> {
    return answer(await this.fetch(`/api/jobs/${id}`), 200);
  }

  /** The events of a job until `enough`, or to their end. */
  async events(id: string, options: { after?: string; enough?: (events: Heard[]) => boolean } = {}): Promise<Heard[]> {
    const { after, enough = () => false } = options;
    const response = await this.fetch(`/api/jobs/${id}/events`, after === undefined ? {} : { headers: { 'Last-Event-ID': after } });
    const events: Heard[] = [];
    let text = '';
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader?.read(); piece && !piece.done && !enough(events); piece = await reader?.read()) {
      text += piece.value;
      const blocks = text.split('\n\n');
      text = blocks.pop() as string;
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        if (field('data') !== undefined) events.push({ id: field('id') as string, ...JSON.parse(field('data') as string) });
      }
    }
    await reader?.cancel().catch(() => {});
    return events;
  }
}

export interface Heard {
  readonly id: string;
  readonly type: string;
  readonly step?: number;
  readonly steps?: number;
  readonly estimate?: string;
  readonly message?: string;
  readonly place?: number;
}

export async function answer<T>(response: Response, status: number): Promise<T> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} in place of ${status}: ${text}`);
  return JSON.parse(text) as T;
}

/** The sentence of a refusal; fails where it is none, or shows more than a sentence. */
export async function refusal(response: Response): Promise<string> {
  const { error } = (await response.json()) as ErrorAnswer;
  if (/\n\s*at |node_modules|\/tmp\//.test(`${error.message} ${error.remedy}`)) throw new Error(`it tells too much: ${error.message}`);
  if (!/\.$/.test(error.message)) throw new Error(`no sentence: ${error.message}`);
  return `${response.status} ${error.message}`;
}

/** A disc on black, as a PNG. */
export async function disc(side = 48): Promise<Uint8Array> {
  return encodePng(discTensor(side));
}

export function discNpy(side = 48): Uint8Array {
  return formatNpy(discTensor(side));
}

function discTensor(side: number) {
  const middle = (side - 1) / 2;
  const inside = (i: number) => Math.hypot(Math.floor(i / side) - middle, (i % side) - middle) < side / 3;
  return tensor(
    [1, side, side],
    Array.from({ length: side * side }, (_, i) => (inside(i) ? 0.2 : -1)),
  );
}
