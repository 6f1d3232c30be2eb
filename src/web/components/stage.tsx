import { layers, valueAt } from '../state/layers.js';
import { runs } from '../state/runs.js';
import { isCt, loading, measureBusy } from '../state/studio.js';
import { mode, pointed } from '../state/view.js';
import { words } from '../words.js';
import { Difference, SideBySide, SliderCompare, Spread } from './compare-views.js';
import { Downloads } from './downloads.js';
import { Figures } from './figures.js';
import { LoadingBar } from './progress.js';
import { ResidualChart } from './residual-chart.js';
import { Trajectory } from './trajectory.js';
import { ViewBar } from './view-bar.js';

const views = { side: SideBySide, slider: SliderCompare, difference: Difference, spread: Spread };

/** The value of every picture at a pixel, where the pictures do not stand beside their own. */
function valuesAt(row: number, column: number): string {
  const seen = layers.value.flatMap(({ registered, image, title }) =>
    registered && image ? [`${title} ${valueAt(image, row, column, isCt.value)}`] : [],
  );
  return `: ${seen.join(', ')}`;
}

/** The pictures, and what is known of them. */
export function Stage() {
  const enough = layers.value.filter(({ registered, image }) => registered && image).length > 1;
  const View = views[enough || mode.value === 'side' ? mode.value : 'side'];
  const at = pointed.value;
  const warnings = [...new Set(runs.value.flatMap(({ result, notices }) => [...notices, ...(result?.warnings ?? [])]))];
  return (
    <section class="stage" id="pictures" aria-label={words.show} tabIndex={-1}>
      <ViewBar />
      {measureBusy.value && loading.value && <LoadingBar loading={loading.value} />}
      <View />
      <p class="pointed">{at ? `${words.at(at.column, at.row)}${mode.value === 'side' ? '' : valuesAt(at.row, at.column)}` : ' '}</p>
      <Trajectory />
      {warnings.map((text) => (
        <p key={text} class="warning">
          {text}
        </p>
      ))}
      <div class="below">
        <ResidualChart />
        <Figures />
      </div>
      <Downloads />
      {isCt.value && <p class="note diagnosis">{words.notForDiagnosis}</p>}
    </section>
  );
}
