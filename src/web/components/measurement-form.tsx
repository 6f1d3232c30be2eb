import { choice, chooseTask, givable, given, kernel, noiseSeed, side, sigma, task, tasksFor, views } from '../state/form.js';
import { active, runs } from '../state/runs.js';
import { chooseSide, reopen } from '../state/slices.js';
import { files, measureBusy, measured, source } from '../state/studio.js';
import { words } from '../words.js';
import { CheckField, NumberField, RangeField, SelectField } from './fields.js';
import { KernelForm } from './kernel-form.js';
import { MaskPainter } from './mask-painter.js';
import { RangeForm, SliceChooser } from './slice-chooser.js';
import { TaskField } from './task-field.js';

/** What was done to the picture. */
export function MeasurementForm() {
  const from = source.value!;
  void runs.value;
  const disabled = active() !== undefined;
  const { fields, kernel: placed, scan } = choice.value;
  return (
    <section aria-labelledby="measurement">
      <h2 id="measurement">{words.measurement}</h2>
      {files.value.length > 0 && <SliceChooser disabled={disabled} />}
      {from.kind === 'image' && (
        <SelectField
          label={words.whatIsMissing}
          value={task.value}
          options={tasksFor(from).map(({ task: name }) => [name, words.task[name]])}
          disabled={disabled}
          onChange={chooseTask}
        />
      )}
      {scan && from.kind === 'image' && (
        <RangeField
          label={words.views[task.value]}
          value={views.value}
          min={5}
          max={180}
          step={5}
          disabled={disabled}
          onChange={(n) => set(() => (views.value = n))}
        />
      )}
      {from.kind === 'image' &&
        (kernel.value ? [] : fields).map((field) => <TaskField key={field.name} field={field} disabled={disabled} />)}
      {placed && from.kind === 'image' && <KernelForm key={task.value} disabled={disabled} />}
      {task.value === 'inpaint' && <MaskPainter disabled={disabled} />}
      {givable.value && from.kind === 'image' && (
        <CheckField
          label={words.given}
          checked={given.value}
          disabled={disabled}
          onChange={(checked) => set(() => (given.value = checked))}
        />
      )}
      <details>
        <summary>{words.more}</summary>
        <NumberField
          label={words.sigma}
          value={sigma.value}
          min={0}
          max={10}
          step="any"
          note={words.sigmaNote}
          disabled={disabled}
          onChange={(value) => set(() => (sigma.value = value))}
        />
        {!given.value && from.kind === 'image' && (
          <NumberField
            label={words.noiseSeed}
            value={noiseSeed.value}
            min={0}
            max={4294967295}
            step={1}
            disabled={disabled}
            onChange={(n) => set(() => (noiseSeed.value = n))}
          />
        )}
        {from.kind === 'image' && files.value.length > 0 && (
          <>
            <SelectField
              label={words.side}
              value={String(side.value)}
              options={['128', '256', '384', '512'].map((n) => [n, n])}
              disabled={disabled}
              onChange={(n) => chooseSide(Number(n))}
            />
            <SelectField
              label={words.kindOf}
              value={from.ct ? 'ct' : 'photo'}
              options={Object.entries(words.kinds)}
              disabled={disabled}
              onChange={(kind) => reopen({ as: kind as 'ct' | 'photo' })}
            />
            <RangeForm disabled={disabled} />
          </>
        )}
      </details>
      <p class="note" role="status">
        {measureBusy.value ? words.measuring : measured.value ? words.measuredIs(measured.value.title, measured.value.detail) : ''}
      </p>
      {measured.value?.notices.map((notice) => (
        <p key={notice} class="note">
          {notice}
        </p>
      ))}
    </section>
  );
}

/** For handlers that set a signal and give nothing back. */
function set(change: () => unknown): void {
  change();
}
