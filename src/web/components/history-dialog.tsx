import { useEffect, useRef } from 'preact/hooks';
import type { JobView } from '../../studio/api.js';
import { drop, dropAll, past, type Remembered, reopen } from '../state/history.js';
import { displayRange } from '../state/layers.js';
import { askJobs, forgetJob, jobsThere, reopenJob } from '../state/server-jobs.js';
import { server } from '../state/studio.js';
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
  const { source, measured, run, date } = one;
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
          {jobs.map((job) => (
            <JobEntry key={job.id} job={job} onClose={onClose} />
          ))}
        </ul>
      )}
    </>
  );
}

function JobEntry({ job, onClose }: { readonly job: JobView; readonly onClose: () => void }) {
  const { id, title, status, created, result, error, request } = job;
  const picture = result ? `api/jobs/${id}/reconstruction.png` : `api/files/${request.image ?? request.measurement}/preview.png`;
  const psnr = result?.figures.at(-1)?.psnr;
  return (
    <li>
      <button
        type="button"
        class="example"
        disabled={status === 'failed' || status === 'cancelled'}
        onClick={() => {
          reopenJob(job);
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
          {error && <small>{error}</small>}
        </span>
      </button>
      <button type="button" class="quiet" aria-label={words.forget(title)} onClick={() => forgetJob(id)}>
        ×
      </button>
    </li>
  );
}
