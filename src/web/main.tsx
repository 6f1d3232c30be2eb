import { effect } from '@preact/signals';
import { render } from 'preact';
import type { DeviceWish } from './backend/backend.js';
import { ServerBackend } from './backend/server-backend.js';
import { WorkerBackend } from './backend/worker-backend.js';
import { App } from './components/app.js';
import { keepOffline } from './offline/register.js';
import { askOffers, measure, openExample, supersede } from './state/actions.js';
import { measuring } from './state/form.js';
import { recall, recalled } from './state/history.js';
import { parseLink } from './state/link.js';
import { backend, here, machine, offline, place, server, source } from './state/studio.js';
import { words } from './words.js';
import './styles/index.css';

/** `?device=wasm` or `webgpu` overrules the page's choice. */
const asked = new URLSearchParams(location.search).get('device');
const device: DeviceWish = asked === 'wasm' || asked === 'webgpu' ? asked : 'auto';
/** Whether the server that the page came from computes, as it says in the page's head. */
const served = document.querySelector<HTMLMetaElement>('meta[name="posteriori-server"]')?.content === 'yes';

async function start(root: HTMLElement): Promise<void> {
  if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') {
    root.textContent = words.tooOld;
    return;
  }
  const theme = stored('theme');
  if (theme) document.documentElement.dataset.theme = theme;
  if (!served)
    await keepOffline(() => {
      offline.value = true;
    });
  here.value = new WorkerBackend(device, words.workerBroken);
  if (served) {
    server.value = new ServerBackend(here.value, new URL('./', document.baseURI).href);
    place.value = stored('place') === 'browser' ? 'browser' : 'server';
  }
  render(<App />, root);
  effect(() => {
    if (backend.value) askOffers();
  });
  recall();
  measureOnChange();
  const link = parseLink(location.hash);
  if (link) {
    await openExample(link.example);
    link.apply();
  }
}

/** What was chosen on an earlier visit; nothing where storage is off. */
function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** What was measured follows the settings, shortly after the last change. */
function measureOnChange(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const from = source.value;
    void measuring.value;
    clearTimeout(timer);
    const due = from !== undefined && !recalled.peek();
    recalled.value = false;
    supersede(due);
    if (due) timer = setTimeout(measure, 200);
  });
  // where the work is done shows in the head, once there is some
  effect(() => {
    const where = backend.value;
    if (source.value === undefined || where === undefined) return;
    where.machine().then(
      (found) => {
        if (where === backend.peek()) machine.value = found;
      },
      () => {}, // what failed is told when it is needed
    );
  });
}

start(document.getElementById('app')!);
