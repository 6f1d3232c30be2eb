import { formatNpy } from '../../io/npy.js';
import { errorMap, spreadMap } from '../../results/error-map.js';
import { formatManifest, type Manifest } from '../../results/manifest.js';
import { type ReportImage, reportHtml } from '../../results/report.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Measured, Measuring, RemoteFiles, Source } from '../backend/backend.js';
import { draw } from '../components/picture-canvas.js';
import { words } from '../words.js';
import { displayRange } from './layers.js';
import type { Run } from './runs.js';
import { server } from './studio.js';

/* What of a run may be taken home. It is loaded when it is first asked for. */

/** All that a run was made of. */
export interface Finished {
  readonly source: Source;
  readonly measuring: Measuring;
  readonly measured: Measured;
  readonly run: Run;
  /** Others of the same measurement, for the report. */
  readonly others: readonly Run[];
  readonly ct: boolean;
}

export async function pngOf(image: Tensor, range: readonly [number, number]): Promise<Blob> {
  const canvas = document.createElement('canvas');
  [, , canvas.height, canvas.width] = image.shape;
  draw(canvas, image, ...range);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no PNG'))), 'image/png'));
}

export function npyOf(image: Tensor): Blob {
  return new Blob([formatNpy(image) as Uint8Array<ArrayBuffer>]);
}

/** The files of a run by name, as the command line leaves them: enough for `posteriori rerun manifest.json`. */
export async function filesOf(finished: Finished): Promise<Map<string, Blob>> {
  const { source, measured, run } = finished;
  if (run.result!.remote) return filesThere(run.result!.remote);
  const files = new Map<string, Blob>();
  files.set('reconstruction.npy', npyOf(run.result!.image));
  files.set('reconstruction.png', await pngOf(run.result!.image, displayRange.value));
  files.set('measurement.npy', npyOf(measured.y));
  if (measured.geometry) files.set('geometry.json', new Blob([`${JSON.stringify(measured.geometry, null, 2)}\n`]));
  for (const [name, part] of Object.entries(measured.tensors)) files.set(`${name}.npy`, npyOf(part));
  if (source.kind === 'image' && !finished.measuring.given) files.set('truth.npy', npyOf(source.image));
  if (run.solving.from) files.set('from.npy', npyOf(run.solving.from.estimate));
  files.set('manifest.json', new Blob([await manifestOf(finished, files)]));
  files.set('report.html', new Blob([await reportOf(finished)], { type: 'text/html' }));
  return files;
}

/** Those that a server keeps of a run. */
async function filesThere({ job, files }: RemoteFiles): Promise<Map<string, Blob>> {
  const found = await Promise.all(files.map(async (name) => [name, await server.value!.file(job, name)] as const));
  return new Map(found);
}

export async function zipOf(files: ReadonlyMap<string, Blob>): Promise<Blob> {
  const { BlobReader, BlobWriter, ZipWriter } = await import('@zip.js/zip.js');
  const zip = new ZipWriter(new BlobWriter('application/zip'), { useWebWorkers: false });
  for (const [name, content] of files) await zip.add(name, new BlobReader(content));
  return zip.close();
}

async function manifestOf({ source, measuring, measured, run }: Finished, files: ReadonlyMap<string, Blob>): Promise<string> {
  const { result, solving } = run;
  const named = async (file: string) => ({ file, sha256: await hashOf(files.get(file)!) });
  const { residual, psnr, ssim, hu, seconds, counts, prior, preset, options, device, threads, sigma } = result!;
  const given = source.kind === 'sinogram' || measuring.given;
  const tensors = Object.fromEntries(
    await Promise.all(Object.keys(measured.tensors).map(async (name) => [name, await named(`${name}.npy`)])),
  );
  const recipe = { image: [...measured.shape], options: measured.options, tensors, frame: measured.frame };
  const manifest: Manifest = {
    manifest: 1,
    created: new Date().toISOString(),
    task: measuring.task,
    input: source.name,
    method: run.method,
    preset,
    options: options as Manifest['options'],
    ...(prior && { prior: { name: prior.name, path: prior.name, sha256: prior.sha256 } }),
    operator: {
      name: measuring.task,
      ...(measured.geometry ? { geometry: await named('geometry.json') } : { recipe: recipe as Manifest['operator']['recipe'] }),
      sigma,
    },
    measurement: { ...(await named('measurement.npy')), source: given ? 'given' : 'simulated' },
    ...(files.has('truth.npy') && { truth: await named('truth.npy') }),
    seed: solving.seed,
    noiseSeed: measuring.noiseSeed,
    ...(solving.samples > 1 && { samples: solving.samples }),
    ...(solving.from && { from: { ...(await named('from.npy')), done: solving.from.done } }),
    device: device as Manifest['device'],
    threads,
    versions: { browser: navigator.userAgent },
    result: {
      reconstruction: await named('reconstruction.npy'),
      residual,
      psnr,
      ssim,
      hu: hu as Record<string, number> | undefined,
      seconds,
      counts: { ...counts },
    },
  };
  return formatManifest(manifest);
}

export async function reportOf({ source, measuring, measured, run, others, ct }: Finished): Promise<string> {
  const runs = [...others.filter(({ id, result }) => id !== run.id && result), run];
  const pictures: Array<readonly [string, Tensor, readonly [number, number]]> = [];
  if (source.kind === 'image') pictures.push([measuring.given ? words.picture : words.original, source.image, displayRange.value]);
  if (measured.shown)
    pictures.push([
      words.measuredPicture,
      measured.shown.image,
      measured.shown.range[0] === -1 ? displayRange.value : measured.shown.range,
    ]);
  for (const { title, result } of runs) pictures.push([title, result!.image, displayRange.value]);
  const images = await Promise.all(
    pictures.map(async ([title, image, range]) => ({ title, png: await dataUrl(await pngOf(image, range)) })),
  );
  const { result, solving } = run;
  return reportHtml({
    title: `${run.title}, ${measured.title}`,
    subtitle: `${source.name}: ${measured.detail}`,
    warnings: [...(ct ? [words.notForDiagnosis] : []), ...result!.warnings],
    images,
    errors: await errorsOf(source, measuring, runs),
    noise: result!.sigma ** 2,
    rows: runs.map(({ title, result: one }) => ({ method: title, ...one!, hu: one!.hu as Record<string, number> | undefined })),
    curves: runs.map(({ title, steps }) => ({
      label: title,
      points: steps.flatMap(({ step, residual }) => (residual === undefined ? [] : [{ step, residual }])),
    })),
    settings: [
      ...Object.entries(result!.options).map(([name, value]) => [name, String(value)] as const),
      ...(measured.geometry && source.kind === 'image'
        ? Object.entries(measuring.options).map(([name, value]) => [name, String(value)] as const)
        : []),
      ['sigma', String(result!.sigma)],
      [words.seed, String(solving.seed)],
      [words.noiseSeed, String(measuring.noiseSeed)],
      ...(result!.prior ? [['prior', result!.prior.name] as const] : []),
      ['device', `${result!.device}, ${words.threads(result!.threads)}`],
    ],
  });
}

/** Where the pictures are wrong, in the colours and on the scale of the page; and how much samples differ. */
async function errorsOf(source: Source, { given }: Measuring, runs: readonly Run[]): Promise<ReportImage[]> {
  const truth = source.kind === 'image' && !given ? source.image : undefined;
  const maps: Array<readonly [string, Tensor]> = [];
  for (const { title, result } of runs) if (truth) maps.push([words.errorOf(title), errorMap(result!.image, truth)]);
  for (const { title, result } of runs) if (result!.deviation) maps.push([`${words.modes.spread}: ${title}`, spreadMap(result!.deviation)]);
  const picture = (map: Tensor) => pngOf({ shape: [1, ...map.shape], data: map.data }, [-1, 1]).then(dataUrl);
  return Promise.all(maps.map(async ([title, map]) => ({ title, png: await picture(map), caption: words.errorScale })));
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.readAsDataURL(blob);
  });
}

async function hashOf(blob: Blob): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) return '';
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
