import { method } from '../state/form.js';
import { looking, runs } from '../state/runs.js';
import { words } from '../words.js';
import { RangeField } from './fields.js';

/** Goes back along the estimates of a run that has several; at its end the picture is the result again. */
export function Trajectory() {
  const several = runs.value.filter(({ frames }) => frames.length > 3);
  const run = several.findLast((one) => one.method === method.value) ?? several.at(-1);
  if (run === undefined) return null;
  const { frames, title, id } = run;
  const at = looking.value?.run === id ? Math.min(looking.value.frame, frames.length - 1) : frames.length - 1;
  const { step, steps } = frames[at];
  return (
    <div class="trajectory">
      <RangeField
        label={words.trajectory}
        text={words.trajectoryOf(title, step, steps)}
        value={at}
        min={0}
        max={frames.length - 1}
        step={1}
        onChange={(frame) => {
          looking.value = frame >= frames.length - 1 ? undefined : { run: id, frame };
        }}
      />
    </div>
  );
}
