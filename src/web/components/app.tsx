import { useState } from 'preact/hooks';
import { openFiles } from '../state/actions.js';
import { complaint, machine, notices, opening, said, source } from '../state/studio.js';
import { words } from '../words.js';
import { Header } from './header.js';
import { MeasurementForm } from './measurement-form.js';
import { Reading } from './reading.js';
import { SolveBar } from './solve-bar.js';
import { SolverForm } from './solver-form.js';
import { Stage } from './stage.js';
import { Start } from './start.js';

/** The whole page. A file may be dropped anywhere on it. */
export function App() {
  const [over, setOver] = useState(false);
  const notes = [...notices.value, ...(machine.value?.notice ? [machine.value.notice] : [])];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way of several to choose a file
    <div
      class={`page${over ? ' over-page' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => event.relatedTarget === null && setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        openFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Header />
      <main>
        <div role="alert">{complaint.value && <p class="complaint">{complaint.value}</p>}</div>
        <p class="unseen" role="status">
          {said.value}
        </p>
        {source.value === undefined ? (
          <Start />
        ) : (
          <>
            <h1 class="unseen">{words.title}</h1>
            <div class="work" aria-busy={opening.value}>
              <aside>
                <div class="settings">
                  {opening.value && <Reading />}
                  {notes.map((notice) => (
                    <p key={notice} class="note">
                      {notice}
                    </p>
                  ))}
                  <MeasurementForm />
                  <SolverForm />
                </div>
                <SolveBar />
              </aside>
              <Stage />
            </div>
          </>
        )}
      </main>
    </div>
  );
}
