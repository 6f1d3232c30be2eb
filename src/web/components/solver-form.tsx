import type { Place } from '../backend/backend.js';
import { alsoTv, chooseMethod, method, samples, seed } from '../state/form.js';
import { active, runs } from '../state/runs.js';
import { fitting, methods, place, server } from '../state/studio.js';
import { words } from '../words.js';
import { Choices } from './choices.js';
import { CheckField, NumberField, RangeField, SelectField } from './fields.js';
import { MethodOptions } from './method-options.js';

/** How it is reconstructed. */
export function SolverForm() {
  void runs.value;
  const disabled = active() !== undefined;
  const chosen = methods.value.find(({ name }) => name === method.value);
  const draws = chosen !== undefined && chosen.kind !== 'point estimate';
  return (
    <section aria-labelledby="reconstruction">
      <h2 id="reconstruction">{words.reconstruction}</h2>
      <SelectField
        label={words.method}
        value={method.value}
        options={fitting.value.map(({ name, title, kind }) => [name, `${title} (${words.kind[kind]})`])}
        disabled={disabled}
        onChange={chooseMethod}
      />
      {server.value && (
        <Choices
          legend={words.placeChoice}
          name="place"
          value={place.value}
          options={[
            ['server', words.places.server],
            ['browser', words.places.browser],
          ]}
          disabled={disabled}
          onChange={choosePlace}
        />
      )}
      <CheckField
        label={words.alsoTv}
        checked={alsoTv.value}
        disabled={disabled}
        onChange={(checked) => {
          alsoTv.value = checked;
        }}
      />
      <details>
        <summary>{words.more}</summary>
        {chosen && <p class="note">{chosen.citation}</p>}
        {draws && (
          <RangeField
            label={words.samples}
            value={samples.value}
            min={1}
            max={8}
            step={1}
            disabled={disabled}
            onChange={(n) => {
              samples.value = n;
            }}
          />
        )}
        {draws && <p class="note">{words.samplesNote}</p>}
        <NumberField
          label={words.seed}
          value={seed.value}
          min={0}
          max={4294967295}
          step={1}
          disabled={disabled}
          onChange={(n) => {
            seed.value = n;
          }}
        />
      </details>
      {chosen && <MethodOptions method={chosen} disabled={disabled} />}
    </section>
  );
}

/** Kept for the next visit. */
function choosePlace(chosen: Place): void {
  place.value = chosen;
  try {
    localStorage.setItem('place', chosen);
  } catch {
    // for this visit alone
  }
}
