import { type AnyPrior, channelsOf } from '../../../priors/index.js';
import { type LoadedPrior, loadPrior } from '../../../priors/node/index.js';
import { defaultPreset, findMethod, type Method, resolveOptions, variantOf } from '../../../solvers/methods/index.js';
import { UsageError } from '../../../tensor/errors.js';
import type { MethodEntry } from '../../bench/bench-file.js';
import type { Contender } from '../../bench/run-spec.js';

/** A column of a bench's tables. */
export interface Column {
  readonly name: string;
  readonly using: Method;
  readonly prior?: AnyPrior;
  readonly contender: Contender;
  readonly varied?: Readonly<Record<string, unknown>>;
}

/** Loads each prior once, to check options against it; the runs load it again, in processes of their own. */
export class Priors {
  private readonly loaded = new Map<string, Promise<LoadedPrior>>();

  /** @param given priors in place of the usual ones, for methods of their space and images of their channels */
  constructor(private readonly given: readonly string[] = []) {}

  load(name: string): Promise<LoadedPrior> {
    const found = this.loaded.get(name) ?? loadPrior(name);
    this.loaded.set(name, found);
    return found;
  }

  /** The prior that a method takes on images of so many channels. */
  async usual(method: Method, preset: string | undefined, channels: number): Promise<LoadedPrior> {
    const spaces = preset === undefined ? method.variants.map(({ space }) => space) : [variantOf(method, preset).space];
    for (const name of this.given) {
      const found = await this.load(name);
      if (spaces.includes(found.prior.space) && channelsOf(found.prior) === channels) return found;
    }
    const images = channels === 1 ? 'ct' : 'photo';
    const latent = spaces.every((space) => space === 'latent');
    return this.load(method.usualPrior?.[images] ?? (latent ? images : `${images}-pixel`));
  }
}

/**
 * The columns that an entry of a bench stands for on images of so many channels: one, or one for each combination of what it varies.
 * @throws UserError for an unknown method, preset, option or prior
 */
export async function columnsOf(entry: MethodEntry, channels: number, priors: Priors): Promise<Column[]> {
  const { method, preset, prior: named, set, samples, budget } = entry;
  const using = findMethod(method);
  if (preset !== undefined) variantOf(using, preset);
  if (samples > 1 && using.kind === 'point estimate')
    throw new UsageError(`${using.title} gives one image of a measurement, whatever the seed: "samples" is 1 for it.`);
  const loaded = !using.needs.prior ? undefined : await (named === undefined ? priors.usual(using, preset, channels) : priors.load(named));
  const used = preset ?? defaultPreset(using, loaded?.prior);
  return combinations(entry.vary ?? {}).map((varied) => {
    const options = resolveOptions(using, used, { ...set, ...varied }, loaded?.prior);
    const { name, path, sha256 } = loaded ?? {};
    return {
      name: columnName(entry, using, preset, varied),
      using,
      prior: loaded?.prior,
      contender: { method, preset: used, options, samples, budget, prior: name && path && sha256 ? { name, path, sha256 } : undefined },
      ...(entry.vary && { varied }),
    };
  });
}

function columnName(
  { name, prior, samples, budget }: MethodEntry,
  { title }: Method,
  preset: string | undefined,
  varied: Record<string, unknown>,
): string {
  const values = Object.entries(varied).map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(' ') : value}`);
  const limits = Object.entries(budget ?? {}).map(([key, value]) => (key === 'seconds' ? `${value} s` : `${value} evaluations`));
  const told = name === undefined ? [preset, prior, ...limits, ...values] : values;
  const base = name ?? `${title}${samples > 1 ? ` x${samples}` : ''}`;
  return [base, ...told.filter((word) => word !== undefined)].join(', ');
}

/** Every combination of one value of each: `{a: [1, 2]}` gives `{a: 1}` and `{a: 2}`. */
function combinations(vary: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return Object.entries(vary).reduce<Record<string, unknown>[]>(
    (all, [key, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}
