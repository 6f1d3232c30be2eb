import { stat } from 'node:fs/promises';
import { formatBytes } from '../../io/format-bytes.js';
import { formatShape, type Shape } from '../../tensor/tensor.js';
import { familyOf, type PriorKind, type Recognised } from '../index.js';
import { everyFile } from '../prior-files.js';
import type { TensorFile } from '../stored-tensor.js';
import { type OpenOptions, openPrior } from './open-prior.js';

/** One file of a prior. */
export interface DescribedFile {
  readonly file: string;
  readonly bytes: number;
  /** Of a file of tensors: its container, how many there are, and of which type. */
  readonly format?: TensorFile['format'];
  readonly tensors?: number;
  readonly dtypes?: Readonly<Record<string, number>>;
}

/** What is in a prior, as far as it can be told without reading its weights. */
export interface PriorDescription
  extends Pick<Recognised, 'layout' | 'parameters' | 'sets' | 'missing' | 'ignored' | 'assumed' | 'config'> {
  readonly path: string;
  readonly kind: PriorKind;
  /** [C, H, W] of images, [C] where any size will do, and, where there is a first stage and a UNet, of latents. */
  readonly image: Shape;
  readonly latent?: Shape;
  readonly files: readonly DescribedFile[];
  /** Plain values that the files state, for display. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Python classes in the files, which were left alone. */
  readonly unknown: readonly string[];
}

/**
 * Describe a prior of any layout, wherever it is.
 * @throws UserError as `openPrior` does
 */
export async function inspectPrior(given: string, options: OpenOptions = {}): Promise<PriorDescription> {
  const { found, recognised, tensorFiles, close } = await openPrior(given, options);
  try {
    const { config, layout, parameters, sets, missing, ignored, assumed } = recognised;
    const files: DescribedFile[] = [];
    for (const file of everyFile(found.files)) {
      const { size: bytes } = await stat(found.at(file));
      const opened = tensorFiles.get(file);
      files.push({ file, bytes, ...(opened && { format: opened.format, tensors: opened.tensors.size, dtypes: countTypes(opened) }) });
    }
    const opened = [...tensorFiles.values()];
    const metadata = Object.assign({}, ...opened.map((file) => file.metadata));
    const unknown = opened.flatMap((file) => file.unknown ?? []);
    return {
      path: found.path,
      kind: config.kind,
      layout,
      ...familyOf(config.kind).shapes(config),
      parameters,
      sets,
      missing,
      ignored,
      assumed,
      files,
      config,
      metadata,
      unknown,
    };
  } finally {
    await close();
  }
}

function countTypes({ tensors }: TensorFile): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { dtype } of tensors.values()) counts[dtype] = (counts[dtype] ?? 0) + 1;
  return counts;
}

const number = (value: number) => value.toLocaleString('en');

/** A description as lines for people. */
export function formatPriorDescription(found: PriorDescription): string {
  const { kind, layout, image, latent, config, parameters, sets, missing, ignored, assumed, files, metadata, unknown } = found;
  const { words, facts } = familyOf(kind);
  const counts = Object.entries(parameters).map(([part, count]) => `${part} ${number(count)}`);
  const all = Object.values(parameters).reduce((sum, count) => sum + count, 0);
  const rows: Array<readonly [string, string]> = [
    ['prior', found.path],
    ['layout', layout],
    ['kind', words?.(config) ?? kind],
    [
      'images',
      image.length === 1 ? `${image[0]} channels, any size` : `${formatShape(image)}${latent ? `, latents ${formatShape(latent)}` : ''}`,
    ],
    ['parameters', [...counts, ...(counts.length > 1 ? [`in all ${number(all)}`] : [])].join(', ')],
    ['weights', sets.length > 1 ? 'ema (the default) and raw' : sets.join()],
    ...(facts?.(config) ?? []),
    ...files.map((file, i) => [i === 0 ? 'files' : '', fileLine(file)] as const),
    ['missing', some(missing) || 'nothing'],
    ['ignored', some(ignored) || 'nothing'],
    ...(assumed.length > 0 ? [['assumed', `${assumed.join(', ')}: say what is otherwise (posteriori prior --help)`] as const] : []),
    ...(Object.keys(metadata).length > 0
      ? [['states', some(Object.entries(metadata).map(([key, value]) => `${key} ${value}`))] as const]
      : []),
    ...(unknown.length > 0 ? [['not opened', some(unknown)] as const] : []),
  ];
  return rows.map(([title, text]) => `${title.padEnd(11)}${text}\n`).join('');
}

function fileLine({ file, bytes, format, tensors, dtypes = {} }: DescribedFile): string {
  const types = Object.entries(dtypes).map(([dtype, count]) => `${number(count)} ${dtype}`);
  return [file, formatBytes(bytes), ...(format ? [format, `${number(tensors!)} tensors: ${types.join(', ')}`] : [])].join(', ');
}

/** The first few of a list, and how many more. */
function some(list: readonly string[], first = 6): string {
  return list.length > first ? `${list.slice(0, first).join(', ')} and ${number(list.length - first)} more` : list.join(', ');
}
