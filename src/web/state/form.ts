import { computed, signal } from '@preact/signals';
import type { Tensor } from '../../tensor/tensor.js';
import type { Measuring, Solving, Source } from '../backend/backend.js';

/** A choice of what was measured, and the fields that it has. */
export interface TaskField {
  readonly name: 'missing' | 'std' | 'intensity' | 'box';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly usual: number;
}

export interface TaskChoice {
  readonly task: string;
  /** `ct`: for CT slices alone. */
  readonly only?: 'ct' | 'photo';
  readonly fields: readonly TaskField[];
  /** Whether a picture may be its measurement already. */
  readonly givable: boolean;
  readonly sigma: number;
}

/** The tasks of the library that the page offers, in order. */
export const taskChoices: readonly TaskChoice[] = [
  { task: 'ct', only: 'ct', fields: [], givable: false, sigma: 0.01 },
  { task: 'inpaint', fields: [], givable: true, sigma: 0.01 },
  { task: 'inpaint-random', fields: [{ name: 'missing', min: 0.1, max: 0.95, step: 0.05, usual: 0.7 }], givable: false, sigma: 0.01 },
  { task: 'sr4', fields: [], givable: true, sigma: 0.01 },
  { task: 'sr2', fields: [], givable: true, sigma: 0.01 },
  { task: 'sr8', fields: [], givable: false, sigma: 0.01 },
  { task: 'blur-gaussian', fields: [{ name: 'std', min: 0.5, max: 8, step: 0.5, usual: 3 }], givable: true, sigma: 0.01 },
  { task: 'blur-motion', fields: [{ name: 'intensity', min: 0, max: 1, step: 0.05, usual: 0.5 }], givable: false, sigma: 0.01 },
  { task: 'denoise', fields: [], givable: true, sigma: 0.2 },
];

export const task = signal('ct');
export const views = signal(25);
export const sigma = signal(0.01);
export const options = signal<Readonly<Record<string, number>>>({});
export const given = signal(false);
/** `[H, W]`, 1 where a pixel is kept. */
export const mask = signal<Tensor | undefined>(undefined);
export const noiseSeed = signal(0);

export const method = signal('resample');
export const seed = signal(0);
export const samples = signal(1);
export const alsoTv = signal(true);
/** Side of the image that files are brought to. */
export const side = signal(256);

export const choice = computed(() => taskChoices.find((known) => known.task === task.value) ?? taskChoices[0]);

export const measuring = computed<Measuring>(() => ({
  task: task.value,
  views: views.value,
  options: Object.fromEntries(choice.value.fields.map(({ name, usual }) => [name, options.value[name] ?? usual])),
  ...(task.value === 'inpaint' && mask.value && { mask: mask.value }),
  sigma: sigma.value,
  noiseSeed: noiseSeed.value,
  given: given.value && choice.value.givable,
}));

export function solvingOf(name: string): Solving {
  return { method: name, seed: seed.value, samples: samples.value };
}

/** Choose a task, with its usual noise. */
export function chooseTask(name: string): void {
  task.value = name;
  options.value = {};
  sigma.value = choice.value.sigma;
  if (!choice.value.givable) given.value = false;
}

/** Tasks that a source can be measured by. */
export function tasksFor(source: Source): readonly TaskChoice[] {
  if (source.kind === 'sinogram') return taskChoices.slice(0, 1);
  return taskChoices.filter(({ only }) => only === undefined || only === (source.ct ? 'ct' : 'photo'));
}
