import { useState } from 'preact/hooks';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { importMask } from '../state/actions.js';
import { mask } from '../state/form.js';
import { displayRange } from '../state/layers.js';
import { source } from '../state/studio.js';
import { words } from '../words.js';
import { Choices } from './choices.js';
import { RangeField } from './fields.js';
import { FileButton } from './file-button.js';
import { draw } from './picture-canvas.js';
import { type Spot, useStrokes } from './use-strokes.js';

/** Marks what is to be filled in, by pointer or keys. The mask is 1 where a pixel is kept. */
export function MaskPainter({ disabled }: { readonly disabled: boolean }) {
  const from = source.value;
  const [past, setPast] = useState<readonly (Tensor | undefined)[]>([]);
  const [kind, setKind] = useState<'brush' | 'eraser'>('brush');
  const [size, setSize] = useState(16);
  const image = from?.kind === 'image' ? from.image : undefined;
  const [, , height, width] = image?.shape ?? [1, 1, 1, 1];
  const [black, white] = displayRange.value;
  const shown = mask.value;
  const { canvas, listeners } = useStrokes(
    {
      size: [height, width],
      inset: 0,
      steps: [8, 1],
      disabled,
      begin: () => {
        setPast([...past.slice(-30), mask.value]);
        return tensor([height, width], mask.value ? mask.value.data.slice() : new Float32Array(height * width).fill(1));
      },
      stroke: (on, start, to) => line(on, start, to, size / 2, kind === 'brush' ? 0 : 1),
      end: (drawn) => {
        mask.value = drawn.data.includes(0) ? drawn : undefined;
      },
      paint: (on, over, at) => image && paintOver(on, image, over ?? shown, [black, white], at, size),
    },
    [image, shown, black, white, size],
  );
  if (image === undefined) return null;

  const undo = () => {
    mask.value = past.at(-1);
    setPast(past.slice(0, -1));
  };
  const missing = shown ? shown.data.reduce((count, kept) => count + (kept === 0 ? 1 : 0), 0) / shown.data.length : 0;
  return (
    <div class="painter">
      <p class="note" id="paint-note">
        {words.paintNote}
      </p>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes the keys itself, as a painting program does */}
      <canvas
        ref={canvas}
        width={width}
        height={height}
        role="application"
        tabIndex={0}
        aria-label={words.paint}
        aria-describedby="paint-note"
        {...listeners}
      />
      <Choices
        legend={words.paint}
        name="brush"
        value={kind}
        options={[
          ['brush', words.brush],
          ['eraser', words.eraser],
        ]}
        onChange={setKind}
      />
      <RangeField label={words.brushSize} value={size} min={2} max={64} step={2} onChange={setSize} />
      <div class="row">
        <button type="button" disabled={disabled || past.length === 0} onClick={undo}>
          {words.undo}
        </button>
        <button
          type="button"
          disabled={disabled || shown === undefined}
          onClick={() => {
            setPast([...past, mask.value]);
            mask.value = undefined;
          }}
        >
          {words.clearMask}
        </button>
        <FileButton label={words.importMask} onFiles={([file]) => file && importMask(file)} />
      </div>
      <p class="note" role="status">
        {words.painted(missing)}
      </p>
    </div>
  );
}

/** A stroke of round ends. */
function line({ shape: [height, width], data }: Tensor, from: Spot, to: Spot, radius: number, value: number): void {
  const [top, bottom] = [Math.min(from.row, to.row) - radius, Math.max(from.row, to.row) + radius];
  const [left, right] = [Math.min(from.column, to.column) - radius, Math.max(from.column, to.column) + radius];
  const [dr, dc] = [to.row - from.row, to.column - from.column];
  const length = dr * dr + dc * dc;
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, bottom + 1); row++)
    for (let column = Math.max(0, Math.floor(left)); column < Math.min(width, right + 1); column++) {
      const [r, c] = [row + 0.5 - from.row, column + 0.5 - from.column];
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, (r * dr + c * dc) / length));
      if ((r - along * dr) ** 2 + (c - along * dc) ** 2 <= radius ** 2) data[row * width + column] = value;
    }
}

function paintOver(
  canvas: HTMLCanvasElement,
  image: Tensor,
  over: Tensor | undefined,
  [black, white]: readonly [number, number],
  at: Spot | undefined,
  size: number,
): void {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return;
  draw(canvas, image, black, white);
  if (over) {
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < over.data.length; i++)
      if (over.data[i] === 0)
        pixels.data.set([0.3 * pixels.data[4 * i] + 150, 0.3 * pixels.data[4 * i + 1] + 60, 0.3 * pixels.data[4 * i + 2] + 20], 4 * i);
    context.putImageData(pixels, 0, 0);
  }
  if (at === undefined) return;
  context.strokeStyle = '#fff';
  context.lineWidth = 2;
  context.beginPath();
  context.arc(at.column, at.row, size / 2, 0, 2 * Math.PI);
  context.stroke();
}
