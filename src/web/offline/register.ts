/**
 * Start the service worker, which keeps the page for use offline and isolates it from other origins where the server sends no headers for
 * that. On the first visit of a page that is not isolated it is loaded once more, since isolation begins with a document.
 * @param onKept called when all that is needed offline is there
 */
export async function keepOffline(onKept: () => void): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register(new URL('./sw.js', document.baseURI), {
      scope: './',
      updateViaCache: 'none',
    });
    navigator.serviceWorker.addEventListener('message', ({ data }) => data === 'kept' && onKept());
    // what the page loads is kept from the start
    await Promise.race([activated(registration), new Promise((resolve) => setTimeout(resolve, 15_000))]);
    registration.active?.postMessage('kept?');
    if (globalThis.crossOriginIsolated || sessionStorage.getItem('isolating')) return; // where it did not help: one thread, then
    if (registration.active) {
      sessionStorage.setItem('isolating', 'tried');
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
