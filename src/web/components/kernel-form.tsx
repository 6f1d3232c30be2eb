import { useState } from 'preact/hooks';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { importKernel } from '../state/actions.js';
import { kernel } from '../state/form.js';
import { lineKernel } from '../state/line-kernel.js';
import { words } from '../words.js';
import { Choices } from './choices.js';
import { RangeField } from './fields.js';
import { FileButton } from './file-button.js';
import { KernelPad, SIDE } from './kernel-pad.js';
import { PictureCanvas } from './picture-canvas.js';

type Kind = 'random' | 'line' | 'drawn';

/** Says how a picture was moved: at random, along a line, or along a path that is drawn or imported. */
export function KernelForm({ disabled }: { readonly disabled: boolean }) {
  const [kind, setKind] = useState<Kind>(kernel.value === undefined ? 'random' : 'drawn');
  const [length, setLength] = useState(15);
  const [angle, setAngle] = useState(30);
  const place = (pixels: number, degrees: number) => {
    setLength(pixels);
    setAngle(degrees);
    kernel.value = lineKernel(pixels, degrees);
  };
  const choose = (chosen: Kind) => {
    setKind(chosen);
    if (chosen === 'line') place(length, angle);
    else kernel.value = undefined;
  };
  return (
    <div class="painter">
      <Choices
        legend={words.kernelKind}
        name="kernel"
        value={kind}
        options={(['random', 'line', 'drawn'] as const).map((name) => [name, words.kernelKinds[name]])}
        disabled={disabled}
        onChange={choose}
      />
      {kind === 'line' && (
        <>
          <RangeField
            label={words.lineLength}
            value={length}
            min={1}
            max={48}
            step={1}
            disabled={disabled}
            onChange={(n) => place(n, angle)}
          />
          <RangeField
            label={words.lineAngle}
            value={angle}
            min={-90}
            max={90}
            step={5}
            disabled={disabled}
            onChange={(n) => place(length, n)}
          />
        </>
      )}
      {kind === 'drawn' && <KernelPad disabled={disabled} />}
      <div class="row">
        <FileButton
          label={words.importKernel}
          onFiles={([file]) => {
            if (file === undefined || disabled) return;
            setKind('drawn');
            importKernel(file);
          }}
        />
      </div>
      {kernel.value && kind !== 'drawn' && <Shown of={kernel.value} />}
      {kernel.value && <p class="note">{words.kernelIs(kernel.value.shape[0], kernel.value.shape[1])}</p>}
    </div>
  );
}

function Shown({ of: { shape, data } }: { readonly of: Tensor }) {
  const most = data.reduce((a, b) => Math.max(a, b));
  return (
    <div class="kernel" role="img" aria-label={words.kernelPicture} style={{ width: `${(100 * shape[1]) / Math.max(shape[1], SIDE)}%` }}>
      <PictureCanvas image={tensor([1, 1, shape[0], shape[1]], data)} range={[0, most]} />
    </div>
  );
}
