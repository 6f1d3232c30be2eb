import { computed } from '@preact/signals';
import { attenuationFromUnit, ctScale, huFromAttenuation, windowRange } from '../../io/hounsfield.js';
import type { Tensor } from '../../tensor/tensor.js';
import { words } from '../words.js';
import { given } from './form.js';
import { looking, type Run, runs } from './runs.js';
import { isCt, measured, source } from './studio.js';
import { ctWindow } from './view.js';

/** A picture to be shown beside others. */
export interface Layer {
  readonly id: string;
  readonly title: string;
  readonly image?: Tensor;
  /** Whether its pixels are those of the image sought, so that it may be laid over the others. */
  readonly registered: boolean;
  /** Drawn as a square whatever its shape, as a sinogram is, which is wide and flat. */
  readonly stretched?: boolean;
  /** Values of black and white, where they are not those of the image. */
  readonly range?: readonly [number, number];
  readonly run?: Run;
}

/** The image that a run shows: the one chosen along the way, its result, or its last estimate. */
export function imageOf(run: Run): Tensor | undefined {
  const chosen = looking.value?.run === run.id ? run.frames[looking.value.frame]?.estimate : undefined;
  return chosen ?? run.result?.image ?? run.frames.at(-1)?.estimate;
}

export const truth = computed(() => (source.value?.kind === 'image' && !given.value ? source.value.image : undefined));

export const layers = computed<readonly Layer[]>(() => {
  const from = source.value;
  const made = measured.value;
  const first: Layer[] =
    from?.kind === 'image'
      ? [
          {
            id: 'truth',
            title: given.value ? words.picture : words.original,
            image: from.image,
            registered: !given.value || sameSize(from.image.shape, made?.shape),
          },
        ]
      : [];
  if (made?.shown && !given.value) {
    const { image, range } = made.shown;
    const registered = image.shape.slice(-2).join() === made.shape.slice(-2).join();
    const unit = range[0] === -1 && range[1] === 1;
    first.push({
      id: 'measured',
      title: registered || !isCt.value ? words.measuredPicture : words.sinogram,
      image,
      registered,
      stretched: !registered && isCt.value,
      ...(unit ? {} : { range }),
    });
  }
  const own = runs.value
    .filter((run) => run.state !== 'failed')
    .map((run): Layer => ({ id: `run-${run.id}`, title: run.title, image: imageOf(run), registered: true, run }));
  return [...first, ...own];
});

function sameSize(a: readonly number[], b: readonly number[] | undefined): boolean {
  return b !== undefined && a.slice(-2).join() === b.slice(-2).join();
}

/** Black and white of an image of the kind sought. */
export const displayRange = computed<readonly [number, number]>(() => (isCt.value ? windowRange(ctWindow.value, scaleOf()) : [-1, 1]));

export function scaleOf() {
  return measured.value?.scale ?? ctScale;
}

/** The value at a pixel, in words. */
export function valueAt({ shape, data }: Tensor, row: number, column: number, asHu: boolean): string {
  const [, channels, height, width] = shape;
  if (row < 0 || column < 0 || row >= height || column >= width) return '';
  const values = Array.from({ length: channels }, (_, c) => data[(c * height + row) * width + column]);
  if (asHu) return words.hu(huFromAttenuation(attenuationFromUnit(values[0], scaleOf()), scaleOf()));
  return values.map((value) => value.toFixed(2)).join(' ');
}
