import type { Loading } from '../backend/backend.js';
import { sigma } from '../state/form.js';
import type { Run } from '../state/runs.js';
import { words } from '../words.js';

/** How far a run is: the step, the time left, the cost, and the residual against the noise. */
export function Progress({ run }: { readonly run: Run }) {
  const { loading, steps, title, state, queued, lost } = run;
  if (loading) return <LoadingBar loading={loading} />;
  const last = steps.at(-1);
  if (last === undefined || lost)
    return (
      <>
        <Bar label={queued || lost ? title : `${title}: ${words.preparing}`} />
        <p class="note">{lost ? words.lost : queued ? words.queuedAt(queued) : ''}</p>
      </>
    );
  const left = last.step > 0 ? (last.seconds / last.step) * (last.steps - last.step) : 0;
  return (
    <>
      <Bar label={title} value={last.step} max={last.steps} />
      <p class="note">
        {state === 'paused' ? words.pausedNow : `${words.stepOf(last.step, last.steps)}, ${words.left(left)}`}
        {last.network > 0 && <>; {words.evaluations(last.network)}</>}
        {last.residual !== undefined && sigma.value > 0 && <>; {words.residualNow(last.residual / sigma.value ** 2)}</>}
      </p>
    </>
  );
}

export function LoadingBar({ loading: { what, loaded, total } }: { readonly loading: Loading }) {
  const label = what === 'engine' ? words.loadingEngine : words.loadingPrior;
  return (
    <>
      <Bar label={label} value={loaded} max={total} />
      <p class="note">
        {label}: {words.megabytes(loaded, total)}
      </p>
    </>
  );
}

function Bar({ label, value, max }: { readonly label: string; readonly value?: number; readonly max?: number }) {
  return (
    <>
      <p class="bar-title">{label}</p>
      <progress aria-label={label} value={value} max={max} />
    </>
  );
}
