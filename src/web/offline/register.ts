/**
 * Start the service worker, which keeps the page for use offline and isolates it from other origins where the server sends no headers for
 * that. On the first visit of a page that is not isolated it is loaded once more, since isolation begins with a document.
 */
export async function keepOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  try {
    const registration = await navigator.serviceWorker.register(new URL('./sw.js', document.baseURI), {
      scope: './',
      updateViaCache: 'none',
    });
    if (globalThis.crossOriginIsolated || navigator.serviceWorker.controller) return;
    if (sessionStorage.getItem('isolating')) return; // it did not help: one thread, then
    sessionStorage.setItem('isolating', 'tried');
    await Promise.race([activated(registration), new Promise((resolve) => setTimeout(resolve, 4000))]);
    if (registration.active) {
      location.reload();
      await new Promise(() => {}); // nothing more happens in this document
    }
  } catch {
    // private windows and plain HTTP have no service workers: the page works, on one thread, while it is online
  }
}

async function activated(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  if (!worker || worker.state === 'activated') return;
  await new Promise<void>((resolve) => {
    worker.addEventListener('statechange', () => worker.state === 'activated' && resolve());
  });
}
