import { displayRange, type Layer, valueAt } from '../state/layers.js';
import { isCt, measured } from '../state/studio.js';
import { pointed, zoom } from '../state/view.js';
import { words } from '../words.js';
import { Frame } from './frame.js';
import { PictureCanvas } from './picture-canvas.js';

/** One picture with its title, its figure, and the value under the pointer. */
export function Panel({ layer }: { readonly layer: Layer }) {
  const { title, image, registered, stretched, range, run } = layer;
  const at = pointed.value;
  const value = registered && image && at ? valueAt(image, at.row, at.column, isCt.value) : '';
  const [, , height, width] = (!stretched && image?.shape) || [1, 1, 1, 1];
  const { result } = run ?? {};
  const figure = result?.psnr !== undefined ? words.psnr(result.psnr) : run && run.state !== 'done' ? words.state[run.state] : '';
  return (
    <figure class="panel">
      <figcaption>
        <strong>{title}</strong> <span class="figure">{value || figure}</span>
      </figcaption>
      {image ? (
        <Frame label={title} height={height} width={width} linked={registered}>
          <PictureCanvas image={image} range={range ?? displayRange.value} />
          {registered && at && <Cross row={at.row} column={at.column} height={height} width={width} />}
        </Frame>
      ) : (
        <div class="frame empty" style={{ aspectRatio: emptyShape() }}>
          {run ? words.waitingFor(title) : words.emptyResult}
        </div>
      )}
    </figure>
  );
}

/** A picture that is not there yet leaves the room that it will take. */
function emptyShape(): string {
  const [, height, width] = measured.value?.shape ?? [1, 1, 1];
  return `${width} / ${height}`;
}

function Cross({ row, column, height, width }: { row: number; column: number; height: number; width: number }) {
  const size = 8 / zoom.value.scale;
  return (
    <span
      class="cross"
      style={{
        left: `${(100 * (column + 0.5)) / width}%`,
        top: `${(100 * (row + 0.5)) / height}%`,
        width: `${size}px`,
        height: `${size}px`,
      }}
    />
  );
}
