import { timeGrid } from '../diffusion/index.js';
import type { ParallelGeometry, RampWindow } from '../operators/index.js';
import { type AnyPrior, channelsOf } from '../priors/index.js';
import {
  bicubic,
  cgls,
  fbp,
  type PixelResampleOptions,
  pixelResampleOptions,
  pixelResamplePresets,
  type Reconstruction,
  type ResampleOptions,
  resample,
  resampleOptions,
  resamplePixel,
  resamplePresets,
  type SolverContext,
  tv,
} from '../solvers/index.js';
import { UsageError } from '../tensor/errors.js';
import { type Choices, type OptionValues, withAssignments } from './option-values.js';
import type { ImagingProblem } from './problem.js';

export interface MethodInput {
  readonly problem: ImagingProblem & { readonly geometry?: ParallelGeometry };
  readonly context: SolverContext;
  /** Every option, as `resolveOptions` gives them. */
  readonly options: OptionValues;
  readonly prior?: AnyPrior;
}

/** A method of reconstruction as the command line, the benches and the reports know it. */
export interface Method {
  readonly name: string;
  /** As the papers write it. */
  readonly title: string;
  readonly needsPrior: boolean;
  /** Every option with its value, by preset; the first preset is the default. */
  readonly presets: Readonly<Record<string, OptionValues>>;
  /** The space of the priors that a preset is for, where it is not for all. */
  readonly spaces?: Readonly<Record<string, AnyPrior['space']>>;
  /** The usual preset with a prior, where that is not the first. */
  presetFor?(prior: AnyPrior): string;
  /** The words an option takes, where it takes words. */
  readonly choices: Choices;
  /** @throws UserError for values out of range. */
  check?(options: OptionValues): void;
  /** @throws UserError for values that a prior cannot take. */
  checkWith?(options: OptionValues, prior: AnyPrior): void;
  run(input: MethodInput): Reconstruction;
}

type WordOption<O> = { [K in keyof O]-?: O[K] extends string ? K : never }[keyof O];

const resampleChoices: { readonly [K in WordOption<ResampleOptions>]: ReadonlyArray<ResampleOptions[K]> } = {
  grid: ['even', 'authors'],
  cleanEstimate: ['tweedie', 'authors'],
  stages: ['both', 'pixel', 'latent'],
  pixelOptimiser: ['auto', 'cg', 'adam'],
  latentOptimiser: ['adam', 'lbfgs'],
  loss: ['half-squares', 'mean'],
  mapping: ['resampling', 'encoding'],
  sigmaSchedule: ['paper', 'posterior'],
  latentDpsNorm: ['squared', 'root'],
  latentDpsThrough: ['network', 'decoder'],
};
const isPixel = (options: OptionValues): boolean => 'lambda' in options;
const windows: readonly RampWindow[] = ['ramlak', 'hann'];

/** null stands for an option that is off, since a manifest cannot hold undefined. */
const withTau = (options: ResampleOptions): OptionValues => ({ ...options, tau: options.tau ?? null }) as OptionValues;
const withoutNull = <O>(options: OptionValues): O => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null)) as O;

const methods: readonly Method[] = [
  {
    name: 'resample',
    title: 'ReSample',
    needsPrior: true,
    presets: {
      pixel: { ...pixelResamplePresets.pixel } as unknown as OptionValues,
      'pixel-photo': { ...pixelResamplePresets['pixel-photo'] } as unknown as OptionValues,
      fast: withTau(resamplePresets.fast),
      photo: withTau(resamplePresets.photo),
      paper: withTau(resamplePresets.paper),
      'authors-code': withTau(resamplePresets['authors-code']),
    },
    spaces: { pixel: 'pixel', 'pixel-photo': 'pixel', fast: 'latent', photo: 'latent', paper: 'latent', 'authors-code': 'latent' },
    presetFor: (prior) => {
      const colour = channelsOf(prior) === 3;
      if (prior.space === 'pixel') return colour ? 'pixel-photo' : 'pixel';
      return colour ? 'photo' : 'fast';
    },
    choices: resampleChoices,
    check: (options) =>
      void (isPixel(options) ? pixelResampleOptions(withoutNull<PixelResampleOptions>(options)) : resampleOptions(withoutNull(options))),
    checkWith: (options, prior) =>
      void (prior.space === 'pixel'
        ? pixelResampleOptions(withoutNull<PixelResampleOptions>(options), prior)
        : options.grid === 'even' && timeGrid(prior.alphaBar, options.steps as number)),
    run: ({ prior, problem, context, options }) => {
      if (prior === undefined) throw new UsageError('ReSample needs a prior: name one with --prior.');
      return prior.space === 'pixel'
        ? resamplePixel(prior, problem, context, withoutNull(options))
        : resample(prior, problem, context, withoutNull(options));
    },
  },
  {
    name: 'cgls',
    title: 'CGLS',
    needsPrior: false,
    presets: { default: { iterations: 200, margin: 1, start: null } },
    choices: {},
    check: ({ iterations, margin }) => {
      if (!Number.isInteger(iterations) || (iterations as number) < 1)
        throw new UsageError(`CGLS's iterations must be a whole number of at least 1, got ${iterations}.`);
      if (!((margin as number) >= 0)) throw new UsageError(`CGLS's margin must be 0 or more, got ${margin}.`);
    },
    run: ({ problem, context, options }) => cgls(problem, context, withoutNull(options)),
  },
  {
    name: 'fbp',
    title: 'FBP',
    needsPrior: false,
    presets: { default: { window: 'ramlak' } },
    choices: { window: windows },
    run: ({ problem, context, options }) => {
      if (problem.geometry === undefined)
        throw new UsageError(`FBP is for CT; ${problem.operator.name} has no projections. Choose another method.`);
      return fbp(problem.geometry, problem, context, withoutNull(options));
    },
  },
  {
    name: 'tv',
    title: 'TV',
    needsPrior: false,
    presets: { default: { iterations: 360, lambda: null, margin: 1, tolerance: 3e-4, start: null } },
    choices: {},
    check: ({ iterations, lambda, margin, tolerance }) => {
      if (!Number.isInteger(iterations) || (iterations as number) < 1)
        throw new UsageError(`TV's iterations must be a whole number of at least 1, got ${iterations}.`);
      if (lambda !== null && !((lambda as number) > 0))
        throw new UsageError(`TV's lambda must be above 0, or "none" for the one that the noise asks for; got ${lambda}.`);
      if (!((margin as number) >= 0)) throw new UsageError(`TV's margin must be 0 or more, got ${margin}.`);
      if (!((tolerance as number) >= 0)) throw new UsageError(`TV's tolerance must be 0 or more, got ${tolerance}.`);
    },
    run: ({ problem, context, options }) => tv(problem, context, withoutNull(options)),
  },
  {
    name: 'bicubic',
    title: 'bicubic',
    needsPrior: false,
    presets: { default: {} },
    choices: {},
    run: ({ problem, context }) => bicubic(problem, context),
  },
];

/** @throws UserError listing the methods there are. */
export function findMethod(name: string): Method {
  const method = methods.find((known) => known.name === name);
  if (method === undefined)
    throw new UsageError(`There is no method "${name}". The methods are: ${methods.map((known) => known.name).join(', ')}.`);
  return method;
}

/** The preset that is taken where none is named. */
export function defaultPreset(method: Method, prior?: AnyPrior): string {
  return (prior && method.presetFor?.(prior)) ?? Object.keys(method.presets)[0];
}

/** @throws UserError when a preset is for priors of the other space. */
export function checkPresetFits(method: Method, preset: string, prior: AnyPrior): void {
  const space = method.spaces?.[preset];
  if (space === undefined || space === prior.space) return;
  const others = Object.keys(method.presets).filter((name) => method.spaces?.[name] === prior.space);
  throw new UsageError(
    `${method.title}'s preset "${preset}" is for ${space} priors, and "${prior.name}" is a ${prior.space} prior. Leave --preset out, take one of ${others.join(', ')}, or name a ${space} prior with --prior.`,
  );
}

/**
 * All options of a method: a preset's values (by default the first), single ones replaced.
 * @param set values, or text as `--set key=value` has it
 * @throws UserError for an unknown preset or option (listing the known), a value of the wrong kind or out of range.
 */
export function resolveOptions(method: Method, preset = defaultPreset(method), set: Readonly<Record<string, unknown>> = {}): OptionValues {
  if (!Object.hasOwn(method.presets, preset)) {
    throw new UsageError(`${method.title} has no preset "${preset}". Its presets are: ${Object.keys(method.presets).join(', ')}.`);
  }
  const options = withAssignments(method.presets[preset], set, method.choices, method.title);
  method.check?.(options);
  return options;
}
