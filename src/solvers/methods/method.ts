import type { z } from 'zod';
import { checked } from '../../io/checked.js';
import { isLinear, isRadon, type Operator } from '../../operators/index.js';
import type { AnyPrior } from '../../priors/index.js';
import { UsageError } from '../../tensor/errors.js';
import type { Problem, Reconstruction, SolverContext } from '../solver.js';
import { type OptionValues, withAssignments } from './option-values.js';

export interface MethodInput<O = OptionValues> {
  readonly problem: Problem;
  readonly context: SolverContext;
  /** Every option, checked. */
  readonly options: O;
  readonly prior?: AnyPrior;
}

/**
 * What a reconstruction is of the posterior: its most likely or mean image, something drawn from near it, or a draw whose distribution
 * tends to it.
 */
export type MethodKind = 'point estimate' | 'heuristic sampler' | 'targets the posterior';

/** One set of options of a method, and their values by preset. */
export interface Variant<S extends z.ZodObject = z.ZodObject> {
  /** Of the priors it is for; undefined: it takes none. */
  readonly space?: AnyPrior['space'];
  /** Every option: range, unit and meaning. */
  readonly options: S;
  readonly presets: Readonly<Record<string, z.output<S>>>;
  /** Whether it can take up an earlier run: all that it carries from one step to the next is an image. */
  readonly restarts?: true;
  /** @throws UserError for values that go together with one another, or with a prior, in no way. */
  check?(options: z.output<S>, prior?: AnyPrior): void;
  run(input: MethodInput<z.output<S>>): Reconstruction;
}

/** A method of reconstruction, as the command line, the benches, the reports and the documentation know it: all of it in one file. */
export interface Method {
  readonly name: string;
  /** As the papers write it. */
  readonly title: string;
  /** Where it was published. */
  readonly citation: string;
  readonly kind: MethodKind;
  readonly needs: {
    readonly prior: boolean;
    /** A linear operator. */
    readonly linear?: boolean;
    /** A singular value decomposition of it that is known. */
    readonly spectral?: boolean;
    /** Projections: a CT. */
    readonly geometry?: boolean;
    /** An operator that makes a smaller image. */
    readonly smaller?: boolean;
  };
  /** Whether it never looks at its residual, so that nothing follows from one far from the noise. */
  readonly direct?: boolean;
  /** One, or one for each kind of prior. Presets have names of their own in all of them. */
  readonly variants: readonly Variant[];
  /** Names of the embedded priors that it takes where none is named, where they are not the usual ones of its space. */
  readonly usualPrior?: { readonly ct?: string; readonly photo?: string };
  /** @throws UserError where a prior is for other measurements than the operator's. */
  suits?(prior: AnyPrior, operator: Operator): void;
  /** The usual preset with a prior, where that is not the first. */
  presetFor?(prior: AnyPrior): string;
}

/** Why a method takes up no run, after its name. */
export const noRestart =
  'cannot go on from an image on its way: from step to step it carries more than one image shows, or it draws no noise that could come out differently.';

/** Ties a variant's presets, checks and solver to the type of its options. */
export function variant<S extends z.ZodObject>(definition: Variant<S>): Variant {
  return definition as unknown as Variant;
}

/** Names of all presets, the default first. */
export function presetsOf(method: Method): string[] {
  return method.variants.flatMap(({ presets }) => Object.keys(presets));
}

/** The variant that has a preset. @throws UsageError listing the presets there are. */
export function variantOf(method: Method, preset: string): Variant {
  const found = method.variants.find(({ presets }) => Object.hasOwn(presets, preset));
  if (found === undefined)
    throw new UsageError(`${method.title} has no preset "${preset}". Its presets are: ${presetsOf(method).join(', ')}.`);
  return found;
}

/** The preset that is taken where none is named. */
export function defaultPreset(method: Method, prior?: AnyPrior): string {
  return (prior && method.presetFor?.(prior)) ?? presetsOf(method)[0];
}

/** @throws UsageError when a preset is for priors of the other space. */
function checkPresetFits(method: Method, preset: string, prior: AnyPrior): void {
  const { space } = variantOf(method, preset);
  if (space === undefined || space === prior.space) return;
  const others = method.variants.flatMap((other) => (other.space === prior.space ? Object.keys(other.presets) : []));
  throw new UsageError(
    others.length === 0
      ? `${method.title} is for ${space} priors, and "${prior.name}" is a ${prior.space} prior: name a ${space} prior with --prior.`
      : `${method.title}'s preset "${preset}" is for ${space} priors, and "${prior.name}" is a ${prior.space} prior. Leave --preset out, take one of ${others.join(', ')}, or name a ${space} prior with --prior.`,
  );
}

/**
 * All options of a method: a preset's values (by default the first's), single ones replaced.
 * @param set values, or text as `--set key=value` has it
 * @param prior what they must go with, once it is known
 * @throws UsageError for an unknown preset or option (listing the known), a value of the wrong kind or out of range, a preset for another
 *   kind of prior, or values that the prior cannot take.
 */
export function resolveOptions(
  method: Method,
  preset = defaultPreset(method),
  set: Readonly<Record<string, unknown>> = {},
  prior?: AnyPrior,
): OptionValues {
  const { options: schema, presets, check } = variantOf(method, preset);
  if (prior !== undefined) checkPresetFits(method, preset, prior);
  const values = withAssignments(presets[preset] as OptionValues, set, schema, method.title);
  const options = checked(schema, values, (problems) => new UsageError(`${method.title}: ${problems}.`));
  check?.(options, prior);
  return options as OptionValues;
}

/**
 * Whether a method can do anything with an operator, and its prior too, where that is known: told before any work.
 * @throws UserError naming what it needs
 */
export function checkNeeds(method: Method, operator: Operator, prior?: AnyPrior): void {
  const { needs, title } = method;
  const lacking = (what: string) => new UsageError(`${title} ${what} Choose another method.`);
  if (needs.geometry && !isRadon(operator)) throw lacking(`is for CT; ${operator.name} has no projections.`);
  if (needs.linear && !operator.linear) throw lacking(`needs a linear operator; ${operator.name} is not linear.`);
  if (needs.spectral && !(isLinear(operator) && operator.spectral))
    throw lacking(`needs the singular value decomposition of the operator, and that of ${operator.name} at this size is out of reach.`);
  if (prior) method.suits?.(prior, operator);
}

/**
 * Run a method with a preset's solver.
 * @throws UsageError when it needs a prior and there is none, or another operator; else as the solver.
 * @example
 * ```ts
 * import { operators, Random, solvers, tensor } from 'posteriori';
 * import { createNodeRuntime } from 'posteriori/node';
 * const method = solvers.findMethod('tv');
 * const operator = operators.bicubicDownsampling([1, 64, 64], 4);
 * const problem = { operator, y: tensor([1, 1, 16, 16]), sigma: 0.01 };
 * const context = { runtime: await createNodeRuntime(), random: new Random(0) };
 * const image = await solvers.finish(solvers.runMethod(method, 'default', { problem, context, options: solvers.resolveOptions(method) }));
 * ```
 */
export function runMethod(method: Method, preset: string, input: MethodInput): Reconstruction {
  if (method.needs.prior && input.prior === undefined) throw new UsageError(`${method.title} needs a prior: name one with --prior.`);
  checkNeeds(method, input.problem.operator, input.prior);
  if (input.context.from !== undefined) checkRestarts(method, preset);
  return variantOf(method, preset).run(input);
}

/** @throws UsageError for a method that cannot be taken up on its way */
export function checkRestarts(method: Method, preset: string): void {
  if (variantOf(method, preset).restarts === undefined) throw new UsageError(`${method.title} ${noRestart}`);
}
