import { useState } from 'preact/hooks';
import { ctScale } from '../../io/hounsfield.js';
import { errorMap, spreadMap } from '../../results/error-map.js';
import type { Tensor } from '../../tensor/tensor.js';
import { method } from '../state/form.js';
import { displayRange, type Layer, layers, truth } from '../state/layers.js';
import { isCt } from '../state/studio.js';
import { words } from '../words.js';
import { SelectField } from './fields.js';
import { Frame } from './frame.js';
import { Panel } from './panel.js';
import { PictureCanvas } from './picture-canvas.js';

type Seen = Layer & { readonly image: Tensor };

/** Those that may be laid over one another. */
function registered(): readonly Seen[] {
  return layers.value.filter((layer): layer is Seen => layer.registered && layer.image !== undefined);
}

export function SideBySide() {
  const all = layers.value;
  return (
    <div class="panels">
      {all.map((layer) => (
        <Panel key={layer.id} layer={layer} />
      ))}
      {all.every(({ run }) => run === undefined) && <Panel layer={{ id: 'empty', title: words.reconstruction, registered: false }} />}
    </div>
  );
}

/** Two of the pictures, chosen by their ids while these are there. */
function usePair(firstChoice: number, secondChoice: number) {
  const seen = registered();
  const [ids, setIds] = useState<readonly [string?, string?]>([]);
  // of several reconstructions that of the chosen method comes first
  const chosen = seen.findLast(({ run }) => run?.method === method.value);
  const find = (id: string | undefined, otherwise: number) =>
    seen.find((layer) => layer.id === id) ?? (otherwise === -1 ? chosen : undefined) ?? seen.at(otherwise) ?? seen[0];
  const options = seen.map(({ id, title }) => [id, title] as const);
  return { first: find(ids[0], firstChoice), second: find(ids[1], secondChoice), options, ids, setIds };
}

export function SliderCompare() {
  const { first, second, options, ids, setIds } = usePair(0, -1);
  const [share, setShare] = useState(50);
  if (first === undefined) return null;
  const [, , height, width] = first.image.shape;
  return (
    <div class="single">
      <div class="row">
        <SelectField label={words.onTheLeft} value={first.id} options={options} onChange={(id) => setIds([id, ids[1]])} />
        <SelectField label={words.onTheRight} value={second.id} options={options} onChange={(id) => setIds([ids[0], id])} />
      </div>
      <div class="slider" style={{ '--share': `${share}%` }}>
        <Frame label={`${first.title}, ${second.title}`} height={height} width={width} linked>
          <PictureCanvas image={second.image} range={displayRange.value} />
        </Frame>
        <div class="over" inert>
          <Frame label={first.title} height={height} width={width} linked>
            <PictureCanvas image={first.image} range={displayRange.value} />
          </Frame>
        </div>
        <span class="divider" aria-hidden="true" />
      </div>
      <input
        type="range"
        min={0}
        max={100}
        value={share}
        aria-label={words.divide}
        onInput={(event) => setShare(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

/** The largest error that the map tells apart, on [0, 1], where CT shows 200 HU. */
const MOST = 0.1;

export function Difference() {
  const { first, second, options, ids, setIds } = usePair(-1, truth.value ? 0 : -2);
  if (first === undefined || second === undefined) return null;
  const most = isCt.value ? words.hu((MOST * (1000 * ctScale.muMax)) / ctScale.muWater) : `${100 * MOST} %`;
  return (
    <div class="single">
      <div class="row">
        <SelectField label={words.of} value={first.id} options={options} onChange={(id) => setIds([id, ids[1]])} />
        <SelectField label={words.against} value={second.id} options={options} onChange={(id) => setIds([ids[0], id])} />
      </div>
      <ColourMap map={errorMap(first.image, second.image, MOST)} title={`${words.modes.difference}: ${first.title}, ${second.title}`} />
      <p class="note">{words.differenceScale(most)}</p>
    </div>
  );
}

/** The standard deviation of the samples of the last run that drew several. */
export function Spread() {
  const deviation = layers.value.findLast(({ run }) => run?.result?.deviation)?.run?.result?.deviation;
  if (deviation === undefined) return null;
  const most = isCt.value ? words.hu((SPREAD * (1000 * ctScale.muMax)) / ctScale.muWater) : `${100 * SPREAD} %`;
  return (
    <div class="single">
      <ColourMap map={spreadMap(deviation, SPREAD)} title={words.modes.spread} />
      <p class="note">{words.spreadScale(most)}</p>
    </div>
  );
}

const SPREAD = 0.05;

function ColourMap({ map, title }: { readonly map: Tensor; readonly title: string }) {
  const [, height, width] = map.shape;
  return (
    <Frame label={title} height={height} width={width} linked>
      <PictureCanvas image={{ shape: [1, ...map.shape], data: map.data }} range={[-1, 1]} />
    </Frame>
  );
}
