import { active, runs } from '../state/runs.js';
import { pause, resume, solve, stop } from '../state/solving.js';
import { measureBusy, measured } from '../state/studio.js';
import { words } from '../words.js';
import { Progress } from './progress.js';

/** The buttons that start and stop, and how far it is: below the settings, and always in view. */
export function SolveBar() {
  void runs.value;
  const running = active();
  return (
    <div class="solve">
      <div class="row">
        {running === undefined ? (
          <button type="button" class="primary" disabled={measured.value === undefined || measureBusy.value} onClick={() => solve()}>
            {runs.value.some(({ state }) => state === 'done') ? words.solveAgain : words.solve}
          </button>
        ) : (
          <>
            {running.where === 'browser' && (
              <button type="button" onClick={running.state === 'paused' ? resume : pause}>
                {running.state === 'paused' ? words.resume : words.pause}
              </button>
            )}
            <button type="button" class="primary" onClick={stop}>
              {words.stop}
            </button>
          </>
        )}
      </div>
      {running && <Progress run={running} />}
    </div>
  );
}
