interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number | 'any';
  readonly note?: string;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
}

/** A number that may be typed; what is out of range is not taken. */
export function NumberField({ label, value, min, max, step, note, disabled, onChange }: NumberFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        inputMode="decimal"
        {...{ min, max, step, disabled }}
        value={value}
        onChange={(event) => {
          const typed = event.currentTarget.valueAsNumber;
          if (typed >= min && typed <= max) onChange(step === 1 ? Math.round(typed) : typed);
          else event.currentTarget.value = String(value);
        }}
      />
      {note && <small>{note}</small>}
    </label>
  );
}

interface RangeFieldProps extends Omit<NumberFieldProps, 'note'> {
  readonly text?: string;
}

/** A number on a line. */
export function RangeField({ label, value, min, max, step, disabled, text, onChange }: RangeFieldProps) {
  return (
    <label class="field">
      <span>
        {label} <span class="value">{text ?? value}</span>
      </span>
      <input type="range" {...{ min, max, step, disabled, value }} onInput={(event) => onChange(event.currentTarget.valueAsNumber)} />
    </label>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly options: ReadonlyArray<readonly [value: string, label: string]>;
  readonly disabled?: boolean;
  readonly onChange: (value: string) => void;
}

export function SelectField({ label, value, options, disabled, onChange }: SelectFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CheckFieldProps {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function CheckField({ label, checked, disabled, onChange }: CheckFieldProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
