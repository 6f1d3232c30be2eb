import { type TaskField as Field, options } from '../state/form.js';
import { words } from '../words.js';
import { Choices } from './choices.js';
import { RangeField } from './fields.js';

/** A setting of the task that is chosen. */
export function TaskField({ field, disabled }: { readonly field: Field; readonly disabled: boolean }) {
  const { name } = field;
  const value = options.value[name] ?? field.usual;
  const choose = (chosen: number | string) => {
    options.value = { ...options.value, [name]: chosen };
  };
  if ('words' in field)
    return (
      <Choices
        legend={words.field[name]}
        name={name}
        value={String(value)}
        options={field.words.map((word) => [word, words.fieldWord[word]])}
        disabled={disabled}
        onChange={choose}
      />
    );
  const { min, max, step } = field;
  return <RangeField label={words.field[name]} value={Number(value)} {...{ min, max, step, disabled }} onChange={choose} />;
}
