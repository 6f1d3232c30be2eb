import { type Tensor, tensor } from '../../tensor/tensor.js';
import { kernel } from '../state/form.js';
import { words } from '../words.js';
import { draw } from './picture-canvas.js';
import { type Spot, useStrokes } from './use-strokes.js';

/** Rows and columns of what is drawn. */
export const SIDE = 31;

/** A small dark field on which the path of a bright point is drawn, by pointer or keys. An imported kernel is shown in it. */
export function KernelPad({ disabled }: { readonly disabled: boolean }) {
  const shown = kernel.value;
  const [rows, columns] = shown?.shape ?? [SIDE, SIDE];
  const { canvas, listeners } = useStrokes(
    {
      size: [SIDE, SIDE],
      inset: 0.5,
      steps: [1, 1],
      disabled,
      begin: () => (rows === SIDE && columns === SIDE && shown ? tensor([SIDE, SIDE], shown.data.slice()) : tensor([SIDE, SIDE])),
      stroke: light,
      end: (drawn) => {
        kernel.value = normalised(drawn);
      },
      paint: (on, over, at) => paint(on, over ?? shown ?? tensor([SIDE, SIDE]), at),
    },
    [shown],
  );
  return (
    <>
      <p class="note" id="kernel-note">
        {words.drawKernelNote}
      </p>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes the keys itself, as a painting program does */}
      <canvas
        ref={canvas}
        class="pad"
        width={columns}
        height={rows}
        role="application"
        tabIndex={0}
        aria-label={words.drawKernel}
        aria-describedby="kernel-note"
        {...listeners}
      />
      <div class="row">
        <button
          type="button"
          disabled={disabled || shown === undefined}
          onClick={() => {
            kernel.value = undefined;
          }}
        >
          {words.clearMask}
        </button>
      </div>
    </>
  );
}

/** Light along a stroke about a pixel wide. */
function light({ data }: Tensor, from: Spot, to: Spot): void {
  const points = 2 * Math.ceil(Math.hypot(to.row - from.row, to.column - from.column)) + 1;
  for (let k = 0; k < points; k++) {
    const share = points === 1 ? 0 : k / (points - 1);
    const [row, column] = [from.row + share * (to.row - from.row), from.column + share * (to.column - from.column)];
    const [r, c] = [Math.round(row), Math.round(column)];
    if (r >= 0 && c >= 0 && r < SIDE && c < SIDE) data[r * SIDE + c] = 1;
  }
}

/** Every pixel that was drawn has the same light, and all together 1. */
function normalised({ shape, data }: Tensor): Tensor | undefined {
  const lit = data.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  if (lit === 0) return undefined;
  return tensor(
    shape,
    data.map((value) => (value > 0 ? 1 / lit : 0)),
  );
}

function paint(canvas: HTMLCanvasElement, { shape, data }: Tensor, at: Spot | undefined): void {
  const most = data.reduce((a, b) => Math.max(a, b));
  draw(canvas, tensor([1, 1, shape[0], shape[1]], data), 0, most || 1);
  const context = canvas.getContext('2d');
  if (at === undefined || context === null) return;
  context.fillStyle = 'rgb(120 200 200 / 70%)';
  context.fillRect(at.column, at.row, 1, 1);
}
