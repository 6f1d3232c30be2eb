import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../experiments/hash.js';
import type { PreparedChoice } from '../../experiments/node/run.js';
import type { TaskProblem } from '../../experiments/problem.js';
import { notForDiagnosis } from '../../experiments/warnings.js';
import { type CtScale, formatNpy, npyHeader, parseNpy, resize, windowRange, windows } from '../../io/index.js';
import { encodePng } from '../../io/node/index.js';
import type { OutputFolder } from '../../io/node/output-folder.js';
import { versions } from '../../runtime/node/index.js';
import { reshapeTensor, type Tensor, tensor } from '../../tensor/tensor.js';
import { type Manifest, parseManifest } from '../manifest.js';
import { type SeriesLine, seriesReport } from '../series-report.js';

/** A slice of a series: what became of it. */
export type SeriesSlice =
  | { readonly name: string; readonly manifest: Manifest }
  /** Why there is none, a sentence for people. */
  | { readonly name: string; readonly failed: string };

/** Files of a series beside the folders of its slices. */
export const seriesFiles = ['volume.npy', 'report.html', 'series.json'] as const;

/** Where a slice's own results are. */
export function sliceFolder(out: string, name: string): string {
  return join(out, 'slices', name);
}

/**
 * The manifest of a slice that was finished by the same choice from the same measurement; undefined where there is none, or where its
 * reconstruction is no longer what it was.
 */
export async function finishedSlice(folder: string, choice: PreparedChoice, problem: TaskProblem): Promise<Manifest | undefined> {
  try {
    const path = join(folder, 'manifest.json');
    const manifest = parseManifest(await readFile(path, 'utf8'), path);
    const { file, sha256: hash } = manifest.result.reconstruction;
    if ((await sha256(await readFile(join(folder, file)))) !== hash) return undefined;
    return (await settingsOf(choice, problem)) === madeBy(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** All that decides a result, as text. */
async function settingsOf(choice: PreparedChoice, { y, sigma, truth, setup }: TaskProblem): Promise<string> {
  const { geometry } = setup.recipe;
  return JSON.stringify([
    ...[choice.using.name, choice.preset, choice.options, choice.loaded?.sha256, choice.tile, choice.baseline],
    ...[choice.seed, choice.noiseSeed, sampleCount(choice), sigma, versions().posteriori],
    await sha256(formatNpy(y)),
    truth && (await sha256(formatNpy(truth))),
    geometry && (await sha256(new TextEncoder().encode(`${JSON.stringify(geometry, null, 2)}\n`))),
  ]);
}

function madeBy(manifest: Manifest): string {
  return JSON.stringify([
    ...[manifest.method, manifest.preset, manifest.options, manifest.prior?.sha256, manifest.tile, manifest.baseline],
    ...[manifest.seed, manifest.noiseSeed, manifest.samples ?? 1, manifest.operator.sigma, manifest.versions.posteriori],
    manifest.measurement.sha256,
    manifest.truth?.sha256,
    manifest.operator.geometry?.sha256,
  ]);
}

function sampleCount({ samples = 1, using }: PreparedChoice): number {
  return using.kind === 'point estimate' ? 1 : samples;
}

/**
 * What a series leaves beside its slices: `volume.npy` `[slices, H, W]` in [-1, 1] where they are grey and of one size (NaN where one is
 * missing), a report with all of them, and `series.json`.
 */
export async function writeSeries(
  folder: OutputFolder,
  { title, slices, scale }: { readonly title: string; readonly slices: readonly SeriesSlice[]; readonly scale?: CtScale },
): Promise<void> {
  const files = new Map<string, Uint8Array | string | Iterable<Uint8Array>>();
  const lines: SeriesLine[] = [];
  const shapes = new Set<string>();
  let side: readonly number[] | undefined;
  for (const slice of slices) {
    if ('failed' in slice) {
      lines.push({ name: slice.name, failed: slice.failed });
      continue;
    }
    const image = read(folder.path, slice.name);
    shapes.add(image.shape.slice(1).join());
    side ??= image.shape.slice(1);
    lines.push({ name: slice.name, ...figuresOf(slice.manifest), png: await thumbnail(image, scale) });
  }
  if (side !== undefined && shapes.size === 1 && side[0] === 1) {
    const [, height, width] = side;
    files.set('volume.npy', planes(folder.path, slices, [height, width]));
  }
  const warnings = scale ? [notForDiagnosis] : [];
  files.set('report.html', seriesReport({ title, lines, warnings }));
  files.set('series.json', `${JSON.stringify({ series: 1, slices: lines.map(({ png, ...figures }) => figures) }, undefined, 2)}\n`);
  await folder.commit(files, 'series.json');
}

function figuresOf({ result, operator }: Manifest): Omit<SeriesLine, 'name' | 'png'> {
  const { psnr, ssim, hu, residual, seconds } = result;
  return { psnr, ssim, soft: hu?.soft, residual: operator.sigma > 0 ? residual / operator.sigma ** 2 : undefined, seconds };
}

/** One slice after the other, so that a volume may be larger than memory. */
function* planes(out: string, slices: readonly SeriesSlice[], [height, width]: readonly [number, number]): Iterable<Uint8Array> {
  yield npyHeader([slices.length, height, width]);
  for (const slice of slices) {
    const { data } = 'failed' in slice ? tensor([height, width], new Float32Array(height * width).fill(Number.NaN)) : read(out, slice.name);
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

function read(out: string, name: string): Tensor {
  const path = join(sliceFolder(out, name), 'reconstruction.npy');
  const { shape, data } = parseNpy(readFileSync(path), path);
  return tensor(shape, Float32Array.from(data));
}

const THUMBNAIL = 160;

/** A small picture as a data URI; a CT in the soft-tissue window. */
async function thumbnail(image: Tensor, ct: CtScale | undefined): Promise<string> {
  const [, channels, height, width] = image.shape;
  const scale = Math.min(1, THUMBNAIL / Math.max(height, width));
  const small = resize(reshapeTensor(image, [channels, height, width]), [
    Math.max(1, Math.round(scale * height)),
    Math.max(1, Math.round(scale * width)),
  ]);
  const png = await encodePng(small, ct ? { range: windowRange(windows.soft, ct) } : {});
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
