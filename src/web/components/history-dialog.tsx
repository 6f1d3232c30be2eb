import { useEffect, useRef } from 'preact/hooks';
import { drop, dropAll, past, type Remembered, reopen } from '../state/history.js';
import { displayRange } from '../state/layers.js';
import { askJobs, forgetJobs, type JobSeries, jobsThere, mainOf, reopenJobs, seriesOf } from '../state/server-jobs.js';
import { methods, server } from '../state/studio.js';
import { nameOf, words } from '../words.js';
import { PictureCanvas } from './picture-canvas.js';

interface HistoryProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Finished runs, to be looked at again. */
export function HistoryDialog({ open, onClose }: HistoryProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) {
      dialog.current?.showModal();
      askJobs();
    } else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} aria-labelledby="history-title" onClose={onClose}>
      <div class="row between">
        <h2 id="history-title">{words.history}</h2>
        <button type="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
      {server.value && <There onClose={onClose} />}
      {server.value && <h3>{words.historyHere}</h3>}
      <p class="note">{past.value.length === 0 ? words.historyEmpty : words.historyNote}</p>
      <ul class="past">
        {past.value.map((one) => (
          <Entry key={one.id} one={one} onClose={onClose} />
        ))}
      </ul>
      {past.value.length > 0 && (
        <button type="button" onClick={dropAll}>
          {words.clear}
        </button>
      )}
    </dialog>
  );
}

function Entry({ one, onClose }: { readonly one: Remembered; readonly onClose: () => void }) {
  const { source, measured, run, besides = [], date } = one;
  const result = run.result!;
  const title = `${nameOf(source.name)}, ${run.title}`;
  return (
    <li>
      <button
        type="button"
        class="example"
        onClick={() => {
          reopen(one);
          onClose();
        }}
      >
        <span class="thumbnail">
          <PictureCanvas image={result.image} range={measured.scale ? displayRange.value : [-1, 1]} />
        </span>
        <span>
          <strong>{title}</strong>
          <small>
            {measured.title}
            {result.psnr !== undefined && `, ${words.psnr(result.psnr)}`}, {new Date(date).toLocaleString()}
          </small>
          <Beside titles={besides.map(({ title }) => title)} />
        </span>
      </button>
      <button type="button" class="quiet" aria-label={words.forget(title)} onClick={() => drop(one.id)}>
        ×
      </button>
    </li>
  );
}

/** The jobs of the server: those that run can be joined. */
function There({ onClose }: { readonly onClose: () => void }) {
  const jobs = jobsThere.value;
  return (
    <>
      <h3>{words.historyThere}</h3>
      {jobs === undefined ? (
        <p class="note">{words.historyAway}</p>
      ) : jobs.length === 0 ? (
        <p class="note">{words.historyThereEmpty}</p>
      ) : (
        <ul class="past">
          {seriesOf(jobs).map((series) => (
            <SeriesEntry key={series[0].request.series ?? series[0].id} series={series} onClose={onClose} />
          ))}
        </ul>
      )}
    </>
  );
}

function SeriesEntry({ series, onClose }: { readonly series: JobSeries; readonly onClose: () => void }) {
  const main = mainOf(series);
  const { id, title, status, created, result, error, request } = main;
  const others = series.map((job) => job.request.method).filter((name) => name !== request.method);
  const picture = result ? `api/jobs/${id}/reconstruction.png` : `api/files/${request.image ?? request.measurement}/preview.png`;
  const psnr = result?.figures.at(-1)?.psnr;
  return (
    <li>
      <button
        type="button"
        class="example"
        disabled={status === 'failed' || status === 'cancelled'}
        onClick={() => {
          reopenJobs(series);
          onClose();
        }}
      >
        <span class="thumbnail">
          <img src={picture} alt="" loading="lazy" onError={(event) => event.currentTarget.remove()} />
        </span>
        <span>
          <strong>{title}</strong>
          <small>
            {words.jobState[status]}
            {typeof psnr === 'number' && `, ${words.psnr(psnr)}`}, {new Date(created).toLocaleString()}
          </small>
          <Beside titles={[...new Set(others)].map((name) => methods.value.find((one) => one.name === name)?.title ?? name)} />
          {error && <small>{error}</small>}
        </span>
      </button>
      <button type="button" class="quiet" aria-label={words.forget(title)} onClick={() => forgetJobs(series)}>
        ×
      </button>
    </li>
  );
}

/** What was done on the same measurement. */
function Beside({ titles }: { readonly titles: readonly string[] }) {
  return titles.length === 0 ? null : <small>{words.beside(titles)}</small>;
}
