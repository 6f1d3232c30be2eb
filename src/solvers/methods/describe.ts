import type { AnyPrior } from '../../priors/index.js';
import { methods } from './index.js';
import { defaultPreset, type Method } from './method.js';
import type { OptionInput } from './options.js';

/** A method as `posteriori methods --json` tells it. */
export interface MethodDescription {
  readonly name: string;
  readonly title: string;
  readonly citation: string;
  readonly kind: Method['kind'];
  readonly needs: readonly string[];
  /** The same for programs. */
  readonly requires: Method['needs'];
  readonly variants: ReadonlyArray<{
    readonly space?: keyof typeof withPrior;
    readonly presets: readonly string[];
    /** Whether a run may be taken up on its way. */
    readonly restarts: boolean;
    /** The preset that is taken where none is named, by what the prior makes. */
    readonly usual: { readonly ct: string; readonly photo: string };
    readonly options: ReadonlyArray<{
      name: string;
      /** Heading that it belongs under. */
      group?: string;
      range: string;
      unit?: string;
      meaning: string;
      input: OptionInput;
      values: Readonly<Record<string, unknown>>;
    }>;
  }>;
}

/** Every method: what it is and needs, and every option with its range, meaning and value by preset. */
export function describeMethods(): MethodDescription[] {
  return methods.map((method) => ({
    name: method.name,
    title: method.title,
    citation: method.citation,
    kind: method.kind,
    needs: needsOf(method.needs),
    requires: method.needs,
    variants: method.variants.map(({ space, presets, options, restarts = false }) => ({
      space,
      restarts,
      presets: Object.keys(presets),
      usual: { ct: usualPreset(method, space, 1), photo: usualPreset(method, space, 3) },
      options: Object.entries(options.shape).map(([option, schema]) => {
        const { input = { type: 'numbers' }, ...told } = (schema as { meta(): Record<string, unknown> }).meta();
        const { group, range, unit, meaning } = told as Record<string, string>;
        const values = Object.fromEntries(
          Object.entries(presets).map(([preset, all]) => [preset, (all as Record<string, unknown>)[option]]),
        );
        return { name: option, group, range, unit, meaning, input: input as OptionInput, values };
      }),
    })),
  }));
}

/** Of a prior all that a method looks at for its preset: its space and its channels. */
function usualPreset(method: Method, space: AnyPrior['space'] | undefined, channels: 1 | 3): string {
  return defaultPreset(method, space && ({ space, channels, imageShape: [channels, 0, 0] } as unknown as AnyPrior));
}

function needsOf({ prior, linear, spectral, geometry, smaller }: Method['needs']): string[] {
  return [
    ...(prior ? ['a prior'] : []),
    ...(geometry
      ? ['projections (CT)']
      : smaller
        ? ['a smaller image (super-resolution)']
        : linear
          ? [`a linear operator${spectral ? ' of known singular values' : ''}`]
          : []),
  ];
}

/** The methods as a table in Markdown. */
export function methodsTable(): string {
  const rows = describeMethods().map(
    ({ name, title, kind, needs, variants, citation }) =>
      `| \`${name}\` | ${title} | ${kind} | ${needs.join(', ') || 'nothing more'} | ${variants.flatMap(({ presets }) => presets.map((preset) => `\`${preset}\``)).join(', ')} | ${citation} |`,
  );
  return ['| name | method | what it gives | needs | presets | published |', '|---|---|---|---|---|---|', ...rows].join('\n');
}

/** Every option of every method, in Markdown: the content of docs/methods.md. */
export function methodsPage(): string {
  const sections = describeMethods().map(({ title, variants }) => {
    const tables = variants
      .filter(({ options }) => options.length > 0)
      .map(({ space, presets, options }) => {
        const head = `| option | range | ${presets.map((preset) => `\`${preset}\``).join(' | ')} | meaning |`;
        const rows = options.flatMap(({ name, group, range, unit, meaning, values }, i) => {
          const heading =
            group !== undefined && group !== options[i - 1]?.group ? [`| **${group}** |${' |'.repeat(presets.length + 2)}`] : [];
          return [
            ...heading,
            `| \`${name}\` | ${cell(`${range}${unit ? ` ${unit}` : ''}`)} | ${presets.map((preset) => valueText(values[preset])).join(' | ')} | ${cell(meaning)} |`,
          ];
        });
        return [...(space ? [`${withPrior[space]}:\n`] : []), head, `|${'---|'.repeat(presets.length + 3)}`, ...rows].join('\n');
      });
    return [`## ${title}`, ...(tables.length > 0 ? tables : ['It has no options.'])].join('\n\n');
  });
  return `# Methods and their options\n\nMade from the methods themselves (\`posteriori methods --markdown\`).\n\n${methodsTable()}\n\n${sections.join('\n\n')}\n`;
}

const withPrior = { pixel: 'With a prior on pixels', latent: 'With a prior on latents', restorer: 'With a restorer' } as const;

function valueText(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.map((part) => Number(part.toPrecision(3))).join(', ');
  return String(value);
}

/** Text without what would end a cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
