import { computed, signal } from '@preact/signals';
import type { Tensor } from '../../tensor/tensor.js';
import type { Measuring, OptionChoice, Solving, Source } from '../backend/backend.js';

/** A number that a task is set by. */
export interface NumberChoice {
  readonly name: 'missing' | 'std' | 'intensity' | 'box' | 'range' | 'start';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly usual: number;
}

/** One of a few words that a task is set by. */
export interface WordChoice {
  readonly name: 'scan' | 'detector';
  readonly words: readonly string[];
  readonly usual: string;
}

export type TaskField = NumberChoice | WordChoice;

/** A choice of what was measured, and the fields that it has. */
export interface TaskChoice {
  readonly task: string;
  /** Whether it is a scan, which is made of CT slices alone. */
  readonly scan?: true;
  readonly fields: readonly TaskField[];
  /** Whether a picture may be its measurement already. */
  readonly givable: boolean;
  /** Whether a blur kernel may be placed. */
  readonly kernel?: true;
  readonly sigma: number;
}

/** The tasks of the library that the page offers, in order. */
export const taskChoices: readonly TaskChoice[] = [
  { task: 'ct', scan: true, fields: [], givable: false, sigma: 0.01 },
  {
    task: 'ct-limited',
    scan: true,
    fields: [
      { name: 'range', min: 10, max: 180, step: 5, usual: 120 },
      { name: 'start', min: 0, max: 175, step: 5, usual: 0 },
    ],
    givable: false,
    sigma: 0.01,
  },
  {
    task: 'ct-fan',
    scan: true,
    fields: [
      { name: 'scan', words: ['full', 'short'], usual: 'full' },
      { name: 'detector', words: ['flat', 'arc'], usual: 'flat' },
    ],
    givable: false,
    sigma: 0.01,
  },
  { task: 'inpaint', fields: [], givable: true, sigma: 0.01 },
  { task: 'inpaint-random', fields: [{ name: 'missing', min: 0.1, max: 0.95, step: 0.05, usual: 0.7 }], givable: false, sigma: 0.01 },
  { task: 'sr4', fields: [], givable: true, sigma: 0.01 },
  { task: 'sr2', fields: [], givable: true, sigma: 0.01 },
  { task: 'sr8', fields: [], givable: false, sigma: 0.01 },
  { task: 'blur-gaussian', fields: [{ name: 'std', min: 0.5, max: 8, step: 0.5, usual: 3 }], givable: true, sigma: 0.01 },
  {
    task: 'blur-motion',
    fields: [{ name: 'intensity', min: 0, max: 1, step: 0.05, usual: 0.5 }],
    givable: false,
    kernel: true,
    sigma: 0.01,
  },
  { task: 'denoise', fields: [], givable: true, sigma: 0.2 },
];

export const task = signal('ct');
export const views = signal(25);
export const sigma = signal(0.01);
export const options = signal<Readonly<Record<string, number | string>>>({});
export const given = signal(false);
/** `[H, W]`, 1 where a pixel is kept. */
export const mask = signal<Tensor | undefined>(undefined);
/** `[h, w]`, of a blur that was placed; without one it is drawn at random. */
export const kernel = signal<Tensor | undefined>(undefined);
export const noiseSeed = signal(0);

export const method = signal('resample');
export const seed = signal(0);
export const samples = signal(1);
/** Of the method: undefined is the usual one. */
export const prior = signal<string | undefined>(undefined);
export const preset = signal<string | undefined>(undefined);
/** Options that are not as the preset has them. */
export const set = signal<Readonly<Record<string, OptionChoice>>>({});
export const alsoTv = signal(true);
/** Side of the image that files are brought to. */
export const side = signal(256);

export const choice = computed(() => taskChoices.find((known) => known.task === task.value) ?? taskChoices[0]);

export const measuring = computed<Measuring>(() => ({
  task: task.value,
  views: views.value,
  // a job of another program may have set what the page has no field for
  options: { ...Object.fromEntries(choice.value.fields.map(({ name, usual }) => [name, usual])), ...options.value },
  ...(task.value === 'inpaint' && mask.value && { mask: mask.value }),
  ...(choice.value.kernel && kernel.value && { kernel: kernel.value }),
  sigma: sigma.value,
  noiseSeed: noiseSeed.value,
  given: given.value && givable.value,
}));

/** A blur that is not known cannot be undone. */
export const givable = computed(() => choice.value.givable || (choice.value.kernel === true && kernel.value !== undefined));

/** What is set belongs to the chosen method; those for comparison run as they usually do. */
export function solvingOf(name: string): Solving {
  const seeds = { method: name, seed: seed.value, samples: samples.value };
  if (name !== method.value) return { ...seeds, set: {} };
  return { ...seeds, set: set.value, ...(prior.value && { prior: prior.value }), ...(preset.value && { preset: preset.value }) };
}

/** Choose a method, with its usual settings. */
export function chooseMethod(name: string): void {
  method.value = name;
  prior.value = undefined;
  preset.value = undefined;
  set.value = {};
}

/** Choose a task, with its usual noise. */
export function chooseTask(name: string): void {
  task.value = name;
  options.value = {};
  kernel.value = undefined;
  sigma.value = choice.value.sigma;
  if (!choice.value.givable) given.value = false;
}

/** Tasks that a source can be measured by. */
export function tasksFor(source: Source): readonly TaskChoice[] {
  if (source.kind === 'sinogram') return taskChoices.slice(0, 1);
  return taskChoices.filter(({ scan }) => scan === undefined || source.ct);
}

/** Whether a task is a scan of CT. */
export function isScan(name: string): boolean {
  return taskChoices.some((known) => known.task === name && known.scan === true);
}
