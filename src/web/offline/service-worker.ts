/* The service worker of the page: what was loaded once is kept, and every document is isolated from other origins. */

interface Waitable extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching extends Waitable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const scope = globalThis as unknown as {
  readonly registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void>; matchAll(): Promise<ReadonlyArray<{ postMessage(message: string): void }>> };
  addEventListener(type: 'install' | 'activate', listener: (event: Waitable) => void): void;
  addEventListener(type: 'message', listener: (event: Waitable & { readonly data: unknown }) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
};

/** Put in by the build: a name that changes with any file, the files of the page, and those that are fetched once it is there. */
declare const BUILD: { readonly version: string; readonly first: readonly string[]; readonly later: readonly string[] };

const PREFIX = 'posteriori-';
const name = PREFIX + BUILD.version;
const root = () => scope.registration.scope;
const urlOf = (file: string) => new URL(file, root()).href;

scope.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(name);
      await cache.addAll(BUILD.first.map(urlOf));
      await scope.skipWaiting();
    })(),
  );
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const other of await caches.keys()) if (other.startsWith(PREFIX) && other !== name) await caches.delete(other);
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener('message', (event) => {
  if (event.data === 'kept?') event.waitUntil(tellWhenKept());
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || !request.url.startsWith(root())) return;
  url.search = '';
  url.hash = '';
  const key = request.mode === 'navigate' ? urlOf('./') : url.href;
  event.respondWith(answer(key, request, (work) => event.waitUntil(work)));
});

/** From the cache; what is not there yet from the network, and kept on the way. Asking for one big file brings the others along. */
async function answer(key: string, request: Request, alongside: (work: Promise<unknown>) => void): Promise<Response> {
  const cache = await caches.open(name);
  const kept = await cache.match(key);
  if (kept) return isolated(kept);
  const response = await fetch(request);
  if (response.ok && response.type === 'basic' && response.status === 200) {
    const kept = cache.put(key, response.clone());
    alongside(BUILD.later.some((file) => urlOf(file) === key) ? kept.then(() => keepRest(cache, key)) : kept);
  }
  return isolated(response);
}

async function keepRest(cache: Cache, but: string): Promise<void> {
  for (const file of BUILD.later) {
    const url = urlOf(file);
    if (url !== but && !(await cache.match(url))) await cache.add(url).catch(() => {}); // the next visit tries again
  }
  await tellWhenKept();
}

/** Tell the pages when all is there that they need offline. */
async function tellWhenKept(): Promise<void> {
  const cache = await caches.open(name);
  const kept = await Promise.all(BUILD.later.map((file) => cache.match(urlOf(file))));
  if (kept.includes(undefined)) return;
  for (const client of await scope.clients.matchAll()) client.postMessage('kept');
}

/** Threads share memory only in a document that lets nothing of other origins in. */
function isolated(response: Response): Response {
  if (response.type === 'opaque' || response.type === 'error') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
