import { effect } from '@preact/signals';
import { render } from 'preact';
import type { DeviceWish } from './backend/backend.js';
import { WorkerBackend } from './backend/worker-backend.js';
import { App } from './components/app.js';
import { keepOffline } from './offline/register.js';
import { measure, openExample } from './state/actions.js';
import { measuring } from './state/form.js';
import { recall, recalled } from './state/history.js';
import { parseLink } from './state/link.js';
import { backend, complaint, machine, methods, offline, source } from './state/studio.js';
import { words } from './words.js';
import './styles/index.css';

/** `?device=wasm` or `webgpu` overrules the page's choice. */
const asked = new URLSearchParams(location.search).get('device');
const device: DeviceWish = asked === 'wasm' || asked === 'webgpu' ? asked : 'auto';

async function start(root: HTMLElement): Promise<void> {
  if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') {
    root.textContent = words.tooOld;
    return;
  }
  try {
    const theme = localStorage.getItem('theme');
    if (theme) document.documentElement.dataset.theme = theme;
  } catch {
    // storage is off: the system's choice stands
  }
  await keepOffline(() => {
    offline.value = true;
  });
  backend.value = new WorkerBackend(device, words.workerBroken);
  render(<App />, root);
  backend.value.methods().then(
    (offers) => {
      methods.value = offers;
    },
    (error: Error) => {
      complaint.value = error.message;
    },
  );
  recall();
  measureOnChange();
  const link = parseLink(location.hash);
  if (link) {
    await openExample(link.example);
    link.apply();
  }
}

/** What was measured follows the settings, shortly after the last change. */
function measureOnChange(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const from = source.value;
    void measuring.value;
    clearTimeout(timer);
    if (from === undefined) return;
    if (recalled.peek()) {
      recalled.value = false;
      return;
    }
    timer = setTimeout(async () => {
      await measure();
      machine.value ??= await backend.value!.machine().catch(() => undefined);
    }, 200);
  });
}

start(document.getElementById('app')!);
