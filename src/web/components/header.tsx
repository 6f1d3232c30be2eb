import { useState } from 'preact/hooks';
import { leave } from '../state/actions.js';
import { machine, offline, source } from '../state/studio.js';
import { nameOf, words } from '../words.js';
import { HistoryDialog } from './history-dialog.js';

export function Header() {
  const [history, setHistory] = useState(false);
  const on = machine.value;
  return (
    <header>
      {source.value && (
        <a class="skip" href="#pictures">
          {words.skip}
        </a>
      )}
      <p class="wordmark">{words.title}</p>
      {source.value && <p class="name">{nameOf(source.value.name)}</p>}
      <div class="row">
        {offline.value && <span class="machine">{words.offlineReady}</span>}
        {on && (
          <span class="machine">
            {words.device[on.device]}
            {on.threads > 0 && on.device !== 'webgpu' && `, ${words.threads(on.threads)}`}
          </span>
        )}
        {source.value && (
          <button type="button" class="quiet" onClick={leave}>
            {words.back}
          </button>
        )}
        <button type="button" class="quiet" onClick={() => setHistory(true)}>
          {words.history}
        </button>
        <button type="button" class="quiet" aria-label={words.theme} title={words.theme} onClick={toggleTheme}>
          ◐
        </button>
      </div>
      <HistoryDialog open={history} onClose={() => setHistory(false)} />
    </header>
  );
}

/** The other of light and dark; without a choice the system's is taken. */
function toggleTheme(): void {
  const { dataset } = document.documentElement;
  const dark = dataset.theme ? dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  dataset.theme = dark ? 'light' : 'dark';
  try {
    localStorage.setItem('theme', dataset.theme);
  } catch {
    // kept for this visit alone
  }
}
