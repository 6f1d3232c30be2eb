import type { MethodOffer, OptionChoice } from '../backend/backend.js';
import { preset, prior, set } from '../state/form.js';
import { isCt, offers, priorsFor } from '../state/studio.js';
import { words } from '../words.js';
import { SelectField } from './fields.js';
import { OptionField } from './option-field.js';

type Variant = MethodOffer['variants'][number];

interface OptionsProps {
  readonly method: MethodOffer;
  readonly disabled: boolean;
}

/** Prior, preset and every option of a method, made from what is told of it: the usual ones until they are changed. */
export function MethodOptions({ method, disabled }: OptionsProps) {
  const priors = priorsFor(method);
  const variant = variantOf(method);
  if (variant === undefined || (variant.options.length === 0 && priors.length < 2)) return null;
  const usual = variant.usual[isCt.value ? 'ct' : 'photo'];
  const chosen = preset.value ?? (variant.presets.includes(usual) ? usual : variant.presets[0]);
  const changed = Object.keys(set.value).length;
  return (
    <details class="options">
      <summary>{words.options}</summary>
      {priors.length > 1 && (
        <SelectField
          label={words.prior}
          value={prior.value ?? ''}
          options={[['', words.usualPrior], ...priors.map(({ name }) => [name, name] as const)]}
          disabled={disabled}
          onChange={(name) => {
            prior.value = name || undefined;
            choosePreset(undefined);
          }}
        />
      )}
      {priors.length > 0 && <p class="note">{words.priorNote}</p>}
      {variant.presets.length > 1 && (
        <SelectField
          label={words.preset}
          value={preset.value ?? ''}
          options={[['', words.usualPreset(usual)], ...variant.presets.map((name) => [name, name] as const)]}
          disabled={disabled}
          onChange={(name) => choosePreset(name || undefined)}
        />
      )}
      {variant.options.map((option, i) => {
        const usualValue = option.values[chosen] as OptionChoice;
        const heading = option.group !== undefined && option.group !== variant.options[i - 1]?.group;
        return (
          <div key={`${method.name}-${chosen}-${option.name}`}>
            {heading && <h3>{option.group}</h3>}
            <OptionField
              option={option}
              value={set.value[option.name] !== undefined ? set.value[option.name] : usualValue}
              disabled={disabled}
              onChange={(value) => change(option.name, value, usualValue)}
            />
          </div>
        );
      })}
      {changed > 0 && (
        <div class="row">
          <button type="button" disabled={disabled} onClick={() => choosePreset(preset.value)}>
            {words.asPreset}
          </button>
          <p class="note">{words.optionsChanged(changed)}</p>
        </div>
      )}
    </details>
  );
}

/** The options go with the space of the prior. */
function variantOf({ variants }: MethodOffer): Variant | undefined {
  const chosen = offers.value.priors.find(({ name }) => name === prior.value);
  return variants.find(({ space }) => chosen !== undefined && space === chosen.space) ?? variants[0];
}

function choosePreset(name: string | undefined): void {
  preset.value = name;
  set.value = {};
}

function change(name: string, value: OptionChoice, usual: OptionChoice): void {
  const { [name]: _, ...others } = set.value;
  set.value = String(value) === String(usual) ? others : { ...others, [name]: value };
}
