import type { Tensor } from '../../tensor/tensor.js';
import { reshapeTensor } from '../../tensor/tensor.js';
import { displayRange } from '../state/layers.js';
import { chooseArray, chooseRange, chooseSlice, cut } from '../state/slices.js';
import { source, stack } from '../state/studio.js';
import { words } from '../words.js';
import { NumberField, RangeField, SelectField } from './fields.js';
import { PictureCanvas } from './picture-canvas.js';

interface Props {
  readonly disabled: boolean;
}

/** Which array of a file, and which slice of it: where there is a choice. What was chosen is shown beside it at once. */
export function SliceChooser({ disabled }: Props) {
  const holds = stack.value;
  if (holds === undefined || (holds.arrays.length < 2 && holds.axes.length === 0)) return null;
  const shown = cut.value ?? holds;
  return (
    <fieldset class="slices">
      <legend>{words.fromFile}</legend>
      {holds.arrays.length > 1 && (
        <SelectField
          label={words.array}
          value={shown.array}
          options={holds.arrays.map(({ name, text }) => [name, text])}
          disabled={disabled}
          onChange={chooseArray}
        />
      )}
      {/* of another array that is still being read the slices are not known */}
      {shown.array === holds.array &&
        holds.axes.map(({ axis, length, name }) => {
          const value = shown.slice?.[axis] ?? 0;
          const number = { value, min: 0, max: length - 1, step: 1, disabled, onChange: (index: number) => chooseSlice(axis, index) };
          const label = words.slice(name, holds.axes.length > 1 ? axis : undefined);
          return (
            <div key={axis} class="slice">
              <RangeField label={label} text={words.ofSlices(value, length)} {...number} />
              <NumberField label={words.sliceNumber(label)} {...number} />
            </div>
          );
        })}
      <Preview />
    </fieldset>
  );
}

function Preview() {
  const from = source.value;
  if (from === undefined) return null;
  const range = from.kind === 'image' ? displayRange.value : extentOf(from.y);
  const image = from.kind === 'image' ? from.image : planeOf(from.y);
  return (
    <div class={`preview${from.kind === 'image' ? '' : ' wide'}`} role="img" aria-label={words.slicePreview}>
      <PictureCanvas image={image} range={range} />
    </div>
  );
}

/** What the numbers of a file mean, where it does not say so itself. */
export function RangeForm({ disabled }: Props) {
  const range = cut.value?.range ?? stack.value?.range;
  if (range === undefined || source.value?.kind !== 'image') return null;
  const fields = { step: 'any', disabled, min: -1e9, max: 1e9 } as const;
  return (
    <>
      <SelectField
        label={words.numbersAre}
        value={range === 'hu' ? 'hu' : 'grey'}
        options={Object.entries(words.numbers)}
        disabled={disabled}
        onChange={(kind) => chooseRange(kind === 'hu' ? 'hu' : [-1000, 1000])}
      />
      {range !== 'hu' && (
        <div class="row numbers">
          <NumberField
            label={words.black}
            value={range[0]}
            {...fields}
            onChange={(black) => black !== range[1] && chooseRange([black, range[1]])}
          />
          <NumberField
            label={words.white}
            value={range[1]}
            {...fields}
            onChange={(white) => white !== range[0] && chooseRange([range[0], white])}
          />
        </div>
      )}
    </>
  );
}

/** A sinogram as a picture; what is none (a list, by mistake) as a line. */
function planeOf(y: Tensor): Tensor {
  const [rows, columns] = y.shape.length === 2 ? y.shape : [1, y.data.length];
  return reshapeTensor(y, [1, 1, rows, columns]);
}

function extentOf({ data }: Tensor): readonly [number, number] {
  let [low, high] = [0, 0];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high > low ? high : low + 1];
}
