import type { MethodOffer, OptionChoice } from '../backend/backend.js';
import { words } from '../words.js';
import { CheckField, SelectField } from './fields.js';

type Option = MethodOffer['variants'][number]['options'][number];

interface OptionProps {
  readonly option: Option;
  readonly value: OptionChoice;
  readonly disabled: boolean;
  readonly onChange: (value: OptionChoice) => void;
}

/** One option, entered as its kind wants it. What it means stands below; what is out of its range is not taken. */
export function OptionField({ option, value, disabled, onChange }: OptionProps) {
  const { name, meaning, range, unit, input } = option;
  const label = spaced(name);
  if (input.type === 'flag')
    return (
      <>
        <CheckField label={label} checked={value === true} disabled={disabled} onChange={onChange} />
        <p class="note meaning">{meaning}</p>
      </>
    );
  if (input.type === 'word') {
    const options = [...(input.none ? [['', words.off] as const] : []), ...input.words.map((word) => [word, word] as const)];
    const choose = (word: string) => onChange(word === '' ? null : word);
    return (
      <>
        <SelectField label={label} value={value === null ? '' : String(value)} options={options} disabled={disabled} onChange={choose} />
        <p class="note meaning">{meaning}</p>
      </>
    );
  }
  return (
    <label class="field">
      <span>
        {label} {unit && <span class="value">{unit}</span>}
      </span>
      <input
        type="text"
        inputMode={input.type === 'number' && input.whole ? 'numeric' : 'text'}
        disabled={disabled}
        value={textOf(value)}
        onChange={(event) => {
          const typed = parse(event.currentTarget.value, input, value);
          if (typed === undefined) event.currentTarget.value = textOf(value);
          else onChange(typed);
        }}
      />
      <small>
        {meaning}; {range}
      </small>
    </label>
  );
}

/** `finalPixelIterations` as people write it. */
function spaced(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0].toUpperCase() + words.slice(1);
}

function textOf(value: OptionChoice): string {
  return value === null ? words.off : Array.isArray(value) ? value.join(', ') : String(value);
}

/** What was typed; undefined where it is nothing that the option takes. */
function parse(text: string, input: Option['input'], like: OptionChoice): OptionChoice | undefined {
  const trimmed = text.trim();
  if (input.none && (trimmed === '' || trimmed === words.off)) return null;
  if (input.type === 'numbers') {
    const list = trimmed.split(/[\s,;]+/).map(Number);
    return list.every(Number.isFinite) && (!Array.isArray(like) || list.length === like.length) ? list : undefined;
  }
  const number = trimmed === '' ? Number.NaN : Number(trimmed);
  if (input.type !== 'number' || !Number.isFinite(number)) return undefined;
  const { from = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, whole } = input;
  return number >= from && number > above && number <= to && (!whole || Number.isInteger(number)) ? number : undefined;
}
