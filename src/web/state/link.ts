import { batch, signal } from '@preact/signals';
import { type ExampleName, exampleNames, type OptionChoice } from '../backend/backend.js';
import {
  choice,
  chooseMethod,
  chooseTask,
  given,
  kernel,
  method,
  noiseSeed,
  options,
  preset,
  prior,
  samples,
  seed,
  set,
  sigma,
  task,
  taskChoices,
  views,
} from './form.js';
import { source } from './studio.js';

/** The link that makes the present run again; undefined where files of the user's own would have to travel. */
export const link = signal<string | undefined>(undefined);

/** Write the settings into the address, where they make the run again. */
export function writeLink(): void {
  const from = source.value;
  const example = from?.kind === 'image' ? from.example : undefined;
  const travels = example !== undefined && task.value !== 'inpaint' && kernel.value === undefined;
  const text = travels ? `#${formatLink(example)}` : '';
  history.replaceState(null, '', `${location.pathname}${location.search}${text}`);
  link.value = travels ? location.href : undefined;
}

function formatLink(example: ExampleName): string {
  const fields = new URLSearchParams({
    example,
    task: task.value,
    ...(choice.value.scan && { views: String(views.value) }),
    sigma: String(sigma.value),
    ...Object.fromEntries(Object.entries(options.value).map(([name, value]) => [`o.${name}`, String(value)])),
    ...(given.value && { given: '1' }),
    method: method.value,
    ...(prior.value && { prior: prior.value }),
    ...(preset.value && { preset: preset.value }),
    ...Object.fromEntries(Object.entries(set.value).map(([name, value]) => [`s.${name}`, JSON.stringify(value)])),
    seed: String(seed.value),
    noise: String(noiseSeed.value),
    ...(samples.value > 1 && { samples: String(samples.value) }),
  });
  return fields.toString();
}

/** What a link asks for. Anything that is not a setting of this page is passed over. */
export function parseLink(hash: string): { readonly example: ExampleName; readonly apply: () => void } | undefined {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const example = exampleNames.find((name) => name === fields.get('example'));
  if (example === undefined) return undefined;
  const number = (name: string, low: number, high: number, otherwise: number) => {
    const value = fields.has(name) ? Number(fields.get(name)) : Number.NaN;
    return value >= low && value <= high ? value : otherwise;
  };
  const apply = () =>
    batch(() => {
      const known = taskChoices.find((choice) => choice.task === fields.get('task'));
      if (known) chooseTask(known.task);
      views.value = Math.round(number('views', 1, 720, 25));
      sigma.value = number('sigma', 0, 10, known?.sigma ?? 0.01);
      options.value = Object.fromEntries(
        (known?.fields ?? []).map((field) => {
          const key = `o.${field.name}`;
          if ('words' in field) return [field.name, field.words.find((word) => word === fields.get(key)) ?? field.usual];
          return [field.name, number(key, field.min, field.max, field.usual)];
        }),
      );
      given.value = fields.get('given') === '1' && known?.givable === true;
      if (/^[a-z0-9-]+$/.test(fields.get('method') ?? '')) chooseMethod(fields.get('method')!);
      prior.value = plain(fields.get('prior'));
      preset.value = plain(fields.get('preset'));
      set.value = Object.fromEntries(
        [...fields].flatMap(([name, value]) => (name.startsWith('s.') ? settingOf(name.slice(2), value) : [])),
      );
      seed.value = Math.round(number('seed', 0, 2 ** 32 - 1, 0));
      noiseSeed.value = Math.round(number('noise', 0, 2 ** 32 - 1, 0));
      samples.value = Math.round(number('samples', 1, 16, 1));
    });
  return { example, apply };
}

function plain(text: string | null): string | undefined {
  return /^[a-z0-9-]+$/.test(text ?? '') ? text! : undefined;
}

/** An option of the method, whose value the method itself checks. */
function settingOf(name: string, text: string): Array<readonly [string, OptionChoice]> {
  try {
    const value = JSON.parse(text);
    const simple = ['number', 'boolean', 'string'].includes(typeof value) || value === null;
    return simple || (Array.isArray(value) && value.every(Number.isFinite)) ? [[name, value]] : [];
  } catch {
    return [];
  }
}
