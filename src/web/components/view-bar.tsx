import { windows } from '../../io/hounsfield.js';
import { layers } from '../state/layers.js';
import { isCt } from '../state/studio.js';
import { ctWindow, type Mode, mode, setWindow, tool, zoom, zoomTo } from '../state/view.js';
import { words } from '../words.js';
import { Choices } from './choices.js';
import { NumberField } from './fields.js';

/** How the pictures are shown: side by side or otherwise, how large, and through which window. */
export function ViewBar() {
  const shown = layers.value.filter(({ registered, image }) => registered && image);
  const offered: Mode[] = ['side', ...(shown.length > 1 ? (['slider', 'difference'] as const) : [])];
  if (shown.some(({ run }) => run?.result?.deviation)) offered.push('spread');
  const { scale } = zoom.value;
  return (
    <div class="view-bar">
      {offered.length > 1 && (
        <Choices
          legend={words.show}
          name="mode"
          value={mode.value}
          options={offered.map((name) => [name, words.modes[name]])}
          onChange={(name) => {
            mode.value = name;
          }}
        />
      )}
      <div class="row zoom">
        <button type="button" aria-label={words.zoomOut} title={words.zoomOut} disabled={scale <= 1} onClick={() => zoomTo(scale / 1.5)}>
          −
        </button>
        <button type="button" aria-label={words.zoomIn} title={words.zoomIn} disabled={scale >= 16} onClick={() => zoomTo(scale * 1.5)}>
          +
        </button>
        <button type="button" disabled={scale === 1} onClick={() => zoomTo(1)}>
          {words.zoomFit}
        </button>
      </div>
      {isCt.value && <WindowControls />}
    </div>
  );
}

/** On a phone the pictures come first. */
const roomy = globalThis.matchMedia?.('(min-width: 52rem)').matches;

function WindowControls() {
  const { center, width } = ctWindow.value;
  const preset = Object.entries(windows).find(([, known]) => known.center === center && known.width === width)?.[0] ?? '';
  return (
    <>
      <Choices
        legend={words.window}
        name="window"
        value={preset}
        options={Object.keys(windows).map((name) => [name, words.windows[name]])}
        onChange={(name) => {
          ctWindow.value = windows[name as keyof typeof windows];
        }}
      />
      <details class="exactly" open={roomy}>
        <summary>{words.exactly}</summary>
        <div class="row numbers">
          <NumberField label={words.level} value={center} min={-1500} max={2000} step={10} onChange={(value) => setWindow(value, width)} />
          <NumberField label={words.width} value={width} min={10} max={4000} step={10} onChange={(value) => setWindow(center, value)} />
        </div>
        <Choices
          legend={words.drag}
          name="tool"
          value={tool.value}
          options={[
            ['window', words.tools.window],
            ['move', words.tools.move],
          ]}
          onChange={(name) => {
            tool.value = name;
          }}
        />
      </details>
    </>
  );
}
