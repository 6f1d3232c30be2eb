import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../experiments/hash.js';
import type { PreparedChoice, Run } from '../../experiments/node/run.js';
import type { SourceNote } from '../../experiments/node/sources/source.js';
import type { TaskProblem } from '../../experiments/problem.js';
import type { Outcome } from '../../experiments/reconstruct.js';
import { notForDiagnosis, whiteOf } from '../../experiments/warnings.js';
import { type CtScale, formatNpy, type Window, windowRange, windows } from '../../io/index.js';
import { hashFiles } from '../../io/node/hash-files.js';
import { encodePng } from '../../io/node/index.js';
import type { OutputFolder } from '../../io/node/output-folder.js';
import { versions } from '../../runtime/node/index.js';
import { methods } from '../../solvers/methods/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { errorMap, spreadMap } from '../error-map.js';
import { formatManifest, type Manifest, parseManifest } from '../manifest.js';
import { type ReportImage, reportHtml } from '../report.js';

type Files = Map<string, Uint8Array | string>;

/**
 * Write everything a run leaves behind: reconstruction and baseline (PNG and float32 NPY), truth where there is one, the measurement and
 * what makes its operator again, report.html and, last, manifest.json.
 */
export async function writeResults(folder: OutputFolder, run: Run, choice: PreparedChoice, source: SourceNote): Promise<Manifest> {
  const { problem, outcome, baselines } = run;
  const { setup } = problem;
  const measured = setup.shown(problem.y);
  const range = problem.scale && rangeOf(source.window, problem.scale, outcome.image);
  const files: Files = new Map();
  const png = new Map<string, Uint8Array>();
  const images: Record<string, Tensor> = {
    ...(problem.truth && { truth: problem.truth }),
    ...Object.fromEntries(baselines.map(({ method, image }) => [method, image])),
    reconstruction: outcome.image,
  };
  const { samples } = outcome;
  for (const [name, image] of Object.entries(images)) {
    png.set(name, await encodePng(image, { range }));
    files.set(`${name}.png`, png.get(name)!);
    files.set(`${name}.npy`, formatNpy(image));
  }
  if (samples) {
    samples.images.forEach((image, k) => {
      files.set(`sample-${k + 1}.npy`, formatNpy(image));
    });
    files.set('quantile-05.npy', formatNpy(samples.quantiles.low));
    files.set('quantile-95.npy', formatNpy(samples.quantiles.high));
    files.set('deviation.npy', formatNpy(samples.deviation));
    png.set('deviation', await encodePng(spreadMap(samples.deviation)));
    files.set('deviation.png', png.get('deviation')!);
  }
  files.set('measurement.npy', formatNpy(problem.y));
  if (choice.from) files.set('from.npy', formatNpy(choice.from.estimate));
  if (measured) {
    png.set('measurement', await encodePng(measured.image, { range: measured.range }));
    files.set('measurement.png', png.get('measurement')!);
  }
  if (source.picture) {
    const { image, ...shown } = source.picture(outcome.image);
    files.set('picture.png', await encodePng(image, shown));
  }

  const named = async (file: string) => ({ file, sha256: await sha256(bytesOf(files.get(file)!)) });
  const { using: solver, options, loaded } = choice;
  const manifest: Manifest = {
    manifest: 1,
    created: new Date().toISOString(),
    task: setup.recipe.task,
    input: source.input,
    method: solver.name,
    preset: choice.preset,
    options: options as Manifest['options'],
    prior: loaded && { name: loaded.name, path: loaded.path, sha256: loaded.sha256 },
    tile: choice.tile,
    baseline: choice.baseline,
    operator: {
      name: problem.operator.name,
      ...(await operatorFiles(problem, files, named)),
      sigma: problem.sigma,
      photons: source.photons,
    },
    measurement: { ...(await named('measurement.npy')), source: source.measurement },
    truth: problem.truth && (await named('truth.npy')),
    seed: choice.seed,
    noiseSeed: choice.noiseSeed,
    samples: samples?.images.length,
    from: choice.from && { ...(await named('from.npy')), done: choice.from.done },
    device: run.device,
    threads: run.threads,
    versions: versions(),
    result: {
      reconstruction: await named('reconstruction.npy'),
      residual: outcome.residual,
      psnr: outcome.psnr,
      ssim: outcome.ssim,
      hu: outcome.hu,
      seconds: outcome.seconds,
      peakMemoryMB: outcome.peakMemoryMB,
      counts: { ...outcome.counts },
    },
  };
  files.set('report.html', await report(run, choice.using.title, manifest, png));
  const hashes = await Promise.all([...files].map(async ([name, content]) => [name, await sha256(bytesOf(content))] as const));
  const whole = { ...manifest, files: Object.fromEntries(hashes) };
  files.set(MANIFEST, formatManifest(whole));
  await folder.commit(files, MANIFEST);
  return whole;
}

/** Black and white of a CT's pictures: the window asked for, else the whole scale, and more of it where the image has more. */
function rangeOf(window: Window | undefined, scale: CtScale, image: Tensor): readonly [number, number] {
  const white = window === undefined ? whiteOf(image) : undefined;
  return white === undefined ? windowRange(window ?? windows.full, scale) : [-1, white];
}

const MANIFEST = 'manifest.json';

/** Whether a run may come to write a file of that name. */
export function isResultName(name: string): boolean {
  const images = [
    'truth',
    'reconstruction',
    'measurement',
    'from',
    'picture',
    'deviation',
    'quantile-05',
    'quantile-95',
    'mask',
    'kernel',
    'lines',
  ];
  const [, stem, extension] = /^(.*)\.(\w+)$/.exec(name.toLowerCase()) ?? [];
  if (extension === 'png' || extension === 'npy')
    return images.includes(stem) || /^sample-\d+$/.test(stem) || methods.some((method) => method.name === stem);
  return ['geometry.json', 'report.html', MANIFEST].includes(name.toLowerCase());
}

/** The files that an earlier run left in a folder, by name, with their SHA-256; none where there is no manifest that can be read. */
export async function earlierFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const path = join(folder, MANIFEST);
  try {
    const { files = {} } = parseManifest(await readFile(path, 'utf8'), path);
    return new Map([...Object.entries(files), [MANIFEST, await hashFiles([path])]]);
  } catch {
    return new Map();
  }
}

/** Puts what makes the operator again among the files, and says how. */
async function operatorFiles(
  { setup: { recipe, model }, frame }: TaskProblem,
  files: Files,
  named: (file: string) => Promise<{ file: string; sha256: string }>,
): Promise<Pick<Manifest['operator'], 'geometry' | 'recipe'>> {
  const { geometry, image = [], options = {}, tensors = {} } = recipe;
  if (geometry !== undefined) {
    files.set('geometry.json', `${JSON.stringify(geometry, null, 2)}\n`);
    return { geometry: await named('geometry.json') };
  }
  const kept: Partial<Record<keyof typeof tensors, { file: string; sha256: string }>> = {};
  for (const [name, part] of Object.entries(tensors) as [keyof typeof tensors, Tensor][]) {
    files.set(`${name}.npy`, formatNpy(part));
    kept[name] = await named(`${name}.npy`);
    if (part.shape.length === 2)
      files.set(`${name}.png`, await encodePng(part, { range: [0, part.data.reduce((a, b) => Math.max(a, b), 0)] }));
  }
  return { recipe: { image: [...image], options: options as Manifest['options'], tensors: kept, frame, model } };
}

async function report(run: Run, title: string, manifest: Manifest, png: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const { problem, outcome, baselines } = run;
  const { truth, scale } = problem;
  const { setup } = problem;
  const images: ReportImage[] = [];
  const shown = async (name: string, image: Tensor, title: string, text?: string): Promise<ReportImage> => ({
    title,
    png: dataUri(png.get(name)!),
    caption: text,
    ...(scale && { windows: await inWindows(image, scale) }),
  });
  if (truth) images.push(await shown('truth', truth, 'Truth'));
  if (!scale && png.has('measurement')) images.push({ title: 'Measured', png: dataUri(png.get('measurement')!) });
  for (const baseline of baselines) images.push(await shown(baseline.method, baseline.image, baseline.title, caption(baseline)));
  const { samples } = outcome;
  images.push(
    await shown('reconstruction', outcome.image, samples ? `${title}, mean of ${samples.images.length} samples` : title, caption(outcome)),
  );
  const errors: ReportImage[] = [];
  if (truth) {
    const error = async (name: string, { image }: Outcome): Promise<ReportImage> => ({
      title: `|${name} − truth|`,
      png: dataUri(await encodePng(errorMap(image, truth))),
      caption: 'black 0, white 0.1 or more on [0, 1]',
    });
    for (const baseline of baselines) errors.push(await error(baseline.title, baseline));
    errors.push(await error(title, outcome));
  }
  if (samples)
    errors.push({
      title: 'Standard deviation of the samples',
      png: dataUri(png.get('deviation')!),
      caption: `uncalibrated; the same scale as the errors${calibrationText(samples)}`,
    });
  const row = (method: string, { psnr, ssim, hu, residual, seconds, counts }: Outcome) => ({
    method,
    psnr,
    ssim,
    hu,
    residual,
    seconds,
    counts: { ...counts },
  });
  const { options, prior, operator } = manifest;
  return reportHtml({
    title: `${capital(setup.title)} by ${title}`,
    subtitle: `${manifest.input}; ${setup.detail(problem.y)}, ${operator.photons ? `${operator.photons} photons` : `noise sigma ${operator.sigma}`}; seed ${manifest.seed}${manifest.noiseSeed === undefined ? '' : `, of the noise ${manifest.noiseSeed}`}.`,
    warnings: [...(scale ? [notForDiagnosis] : []), ...run.warnings],
    images,
    errors,
    noise: problem.sigma ** 2,
    rows: [...baselines.map((baseline) => row(baseline.title, baseline)), row(title, outcome)],
    curves: [{ label: title, points: alongSteps(outcome) }],
    settings: [
      ['method', manifest.preset ? `${manifest.method}, preset ${manifest.preset}` : manifest.method],
      [
        'options',
        Object.entries(options)
          .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
          .join(', ') || 'none',
      ],
      ...(prior ? [['prior', `${prior.name} (sha256 ${prior.sha256.slice(0, 16)})`] as const] : []),
      ['measurement', `${manifest.measurement.source}, sha256 ${manifest.measurement.sha256.slice(0, 16)}`],
      ['device', `${manifest.device}, ${manifest.threads} threads`],
      ['peak memory', `${outcome.peakMemoryMB ?? '?'} MB`],
      [
        'versions',
        Object.entries(manifest.versions)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      ],
      ['again', 'posteriori rerun manifest.json'],
    ],
  });
}

/** A CT image as PNGs, through each window. */
async function inWindows(image: Tensor, scale: CtScale): Promise<NonNullable<ReportImage['windows']>> {
  const shown = async (window: Window) => dataUri(await encodePng(image, { range: windowRange(window, scale) }));
  return Promise.all(Object.entries(windows).map(async ([name, window]) => ({ name, ...window, png: await shown(window) })));
}

function calibrationText({ calibration }: NonNullable<Outcome['samples']>): string {
  if (calibration === undefined) return '';
  const { errorToSpread, correlation, coverage, ranks } = calibration;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const total = ranks.reduce((sum, count) => sum + count, 0);
  return [
    `; the error of the mean is ${errorToSpread.toFixed(2)} times the spread`,
    `correlation with |error| ${correlation.toFixed(2)}`,
    `the truth is between the 5 and 95 % quantiles in ${percent(coverage.found)} of the pixels (${percent(coverage.expected)} if it were another sample)`,
    `above 0 to ${ranks.length - 1} of the samples in ${ranks.map((count) => percent(count / total)).join(', ')}`,
  ].join(', ');
}

/** Residuals at fractional steps: a step that reports several times (an optimisation inside) spreads its reports evenly. */
function alongSteps({ steps }: Outcome): Array<{ step: number; residual: number }> {
  const within = new Map<number, number>();
  for (const { step } of steps) within.set(step, (within.get(step) ?? 0) + 1);
  const seen = new Map<number, number>();
  return steps.flatMap(({ step, residual }) => {
    const k = (seen.get(step) ?? 0) + 1;
    seen.set(step, k);
    return residual === undefined ? [] : [{ step: step - 1 + k / within.get(step)!, residual }];
  });
}

function caption({ psnr, ssim }: Outcome): string {
  return psnr === undefined ? '' : `${psnr.toFixed(2)} dB, SSIM ${ssim?.toFixed(3)}`;
}

function dataUri(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
