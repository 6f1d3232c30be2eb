interface ChoicesProps<T extends string> {
  readonly legend: string;
  readonly name: string;
  readonly value: T;
  readonly options: ReadonlyArray<readonly [value: T, label: string]>;
  readonly disabled?: boolean;
  readonly onChange: (value: T) => void;
}

/** A few choices in a row, one of them taken: radio buttons, drawn as one bar. */
export function Choices<T extends string>({ legend, name, value, options, disabled, onChange }: ChoicesProps<T>) {
  return (
    <fieldset class="choices" disabled={disabled}>
      <legend>{legend}</legend>
      <div>
        {options.map(([option, label]) => (
          <label key={option} class={option === value ? 'taken' : ''}>
            <input type="radio" name={name} value={option} checked={option === value} onChange={() => onChange(option)} />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
