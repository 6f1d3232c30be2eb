import { z } from 'zod';

/** How an option may be entered, for programs that ask for it; what none is told of is a list of numbers. */
export type OptionInput = (
  | ({ readonly type: 'number' } & Range)
  | { readonly type: 'word'; readonly words: readonly string[] }
  | { readonly type: 'flag' }
  | { readonly type: 'numbers' }
) & {
  /** Whether it may be off. */
  readonly none?: boolean;
};

/** The range of an option that is a number. Ends count as allowed unless `above` is given. */
export interface Range {
  readonly from?: number;
  /** Everything greater than this. */
  readonly above?: number;
  readonly to?: number;
  readonly whole?: boolean;
}

/**
 * An option that is a number. Its range and meaning stand here alone: checks, help and documentation come from them.
 * @throws (when parsed) for NaN, infinity and what lies out of range
 */
export function number(meaning: string, range: Range, unit?: string) {
  return z
    .number()
    .refine((value) => isWithin(value, range), { error: ({ input }) => `must be ${rangeWords(range)}, got ${input}` })
    .meta({ meaning, unit, range: rangeWords(range), input: { type: 'number', ...range } satisfies OptionInput });
}

/** An option that is a whole number. */
export function count(meaning: string, range: Pick<Range, 'from' | 'to'>, unit?: string) {
  return number(meaning, { ...range, whole: true }, unit);
}

/** An option that may be off, which a manifest states as null and the command line as "none". */
export function orNone<S extends z.ZodType>(schema: S) {
  const { range, input, ...others } = schema.meta() ?? {};
  return schema.nullable().meta({ ...others, range: `${range}, or none`, input: { ...(input as OptionInput), none: true } });
}

/** An option that is one of some words. */
export function word<const W extends readonly [string, ...string[]]>(meaning: string, words: W) {
  return z.enum(words).meta({ meaning, range: words.join(', '), input: { type: 'word', words } satisfies OptionInput });
}

/** An option that is true or false. */
export function flag(meaning: string) {
  return z.boolean().meta({ meaning, range: 'true, false', input: { type: 'flag' } satisfies OptionInput });
}

/** "a whole number from 1 to 100" */
export function rangeWords({ from, above, to, whole }: Range): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (above !== undefined) return `${kind} above ${above}${to === undefined ? '' : ` and at most ${to}`}`;
  if (from !== undefined) return to === undefined ? `${kind} of at least ${from}` : `${kind} from ${from} to ${to}`;
  return to === undefined ? kind : `${kind} of at most ${to}`;
}

function isWithin(
  value: number,
  { from = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, whole }: Range,
) {
  return Number.isFinite(value) && value >= from && value > above && value <= to && (!whole || Number.isInteger(value));
}

/** Options that belong together, listed under a heading. */
export function group<const S extends Readonly<Record<string, z.ZodType>>>(heading: string, options: S): S {
  return Object.fromEntries(
    Object.entries(options).map(([name, schema]) => [name, schema.meta({ ...schema.meta(), group: heading })]),
  ) as unknown as S;
}
