import { sameShape } from '../../tensor/tensor.js';
import { method } from '../state/form.js';
import { active, looking, type Run, runs } from '../state/runs.js';
import { goOn } from '../state/solving.js';
import { measured, methods } from '../state/studio.js';
import { words } from '../words.js';
import { RangeField } from './fields.js';

/** Goes back along the estimates of a run that has several; at its end the picture is the result again. A run may be taken up there. */
export function Trajectory() {
  const several = runs.value.filter(({ frames }) => frames.length > 3);
  const run = several.findLast((one) => one.method === method.value) ?? several.at(-1);
  if (run === undefined) return null;
  const { frames, title, id } = run;
  const last = frames.length - 1;
  const at = looking.value?.run === id ? Math.min(looking.value.frame, last) : last;
  const { step, steps } = frames[at];
  const why = active() === undefined ? whyNot(run, at) : undefined;
  return (
    <div class="trajectory">
      <RangeField
        label={words.trajectory}
        text={words.trajectoryOf(title, step, steps)}
        value={at}
        min={0}
        max={last}
        step={1}
        onChange={(frame) => {
          looking.value = frame >= last ? undefined : { run: id, frame };
        }}
      />
      {active() === undefined && (
        <div class="row">
          <button type="button" disabled={why !== undefined} aria-describedby="go-on" onClick={() => goOn(run, frames[at])}>
            {words.goOn}
          </button>
          <p class="note" id="go-on">
            {why ?? words.goOnNote}
          </p>
        </div>
      )}
    </div>
  );
}

/** Why a run cannot be taken up where the trajectory stands; one that was stopped can at its end too. */
function whyNot({ method: name, title, frames, state }: Run, at: number): string | undefined {
  const offer = methods.value.find((one) => one.name === name);
  if (!offer?.variants.some(({ restarts }) => restarts)) return words.noGoOn.method(title);
  if (at === frames.length - 1 && state === 'done') return words.noGoOn.end;
  const [, height, width] = measured.value?.shape ?? [];
  return sameShape(frames[at].estimate?.shape.slice(2) ?? [], [height, width]) ? undefined : words.noGoOn.small;
}
