import { formatNpy } from '../../io/index.js';
import { encodePng } from '../../io/node/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { errorMap } from '../error-map.js';
import { sha256 } from '../hash.js';
import { formatManifest, type Manifest } from '../manifest.js';
import type { Outcome } from '../reconstruct.js';
import { type ReportImage, reportHtml } from '../report.js';
import type { CtRun, PreparedChoice } from './ct-run.js';
import type { OutputFolder } from './output-folder.js';
import { versions } from './versions.js';

/** Where a measurement came from, for manifest and report. */
export interface SourceNote {
  /** In words: a file name, a phantom and its seed. */
  readonly input: string;
  readonly measurement: 'simulated' | 'given';
  readonly photons?: number;
}

type Files = Map<string, Uint8Array | string>;

/**
 * Write everything a run leaves behind: reconstruction and FBP (PNG and float32 NPY), truth where there is one, the measurement and
 * its geometry, report.html and, last, manifest.json.
 */
export async function writeResults(folder: OutputFolder, run: CtRun, choice: PreparedChoice, source: SourceNote): Promise<Manifest> {
  const { problem, outcome, baseline } = run;
  const files: Files = new Map();
  const png = new Map<string, Uint8Array>();
  const images: Record<string, Tensor> = {
    ...(problem.truth && { truth: problem.truth }),
    fbp: baseline.image,
    reconstruction: outcome.image,
  };
  for (const [name, image] of Object.entries(images)) {
    png.set(name, await encodePng(image));
    files.set(`${name}.png`, png.get(name)!);
    files.set(`${name}.npy`, formatNpy(image));
  }
  files.set('measurement.npy', formatNpy(problem.y));
  files.set('measurement.png', await encodePng(problem.y, { range: extent(problem.y) }));
  files.set('geometry.json', `${JSON.stringify(problem.geometry, null, 2)}\n`);

  const named = async (file: string) => ({ file, sha256: await sha256(bytesOf(files.get(file)!)) });
  const { solver, options, loaded } = choice;
  const manifest: Manifest = {
    manifest: 1,
    created: new Date().toISOString(),
    task: 'ct',
    input: source.input,
    method: solver.name,
    preset: choice.preset,
    options: options as Manifest['options'],
    prior: loaded && { name: loaded.name, path: loaded.path, sha256: loaded.sha256 },
    operator: { name: problem.operator.name, geometry: await named('geometry.json'), sigma: problem.sigma, photons: source.photons },
    measurement: { ...(await named('measurement.npy')), source: source.measurement },
    truth: problem.truth && (await named('truth.npy')),
    seed: choice.seed,
    device: run.device,
    threads: run.threads,
    versions: versions(),
    result: {
      reconstruction: await named('reconstruction.npy'),
      residual: outcome.residual,
      psnr: outcome.psnr,
      ssim: outcome.ssim,
      seconds: outcome.seconds,
      peakMemoryMB: outcome.peakMemoryMB,
      counts: { ...outcome.counts },
    },
  };
  files.set('report.html', await report(run, choice.solver.title, manifest, png));
  files.set('manifest.json', formatManifest(manifest));
  await folder.commit(files, 'manifest.json');
  return manifest;
}

async function report(run: CtRun, title: string, manifest: Manifest, png: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const { problem, outcome, baseline } = run;
  const { truth } = problem;
  const [views, bins] = problem.operator.outputShape;
  const sole = manifest.method === 'fbp';
  const images: ReportImage[] = [];
  if (truth) images.push({ title: 'Truth', png: dataUri(png.get('truth')!) });
  if (!sole) images.push({ title: 'FBP', png: dataUri(png.get('fbp')!), caption: caption(baseline) });
  images.push({ title, png: dataUri(png.get('reconstruction')!), caption: caption(outcome) });
  const errors: ReportImage[] = [];
  if (truth) {
    const scale = 'black 0, white 0.1 or more on [0, 1]';
    if (!sole) errors.push({ title: '|FBP − truth|', png: dataUri(await encodePng(errorMap(baseline.image, truth))), caption: scale });
    errors.push({ title: `|${title} − truth|`, png: dataUri(await encodePng(errorMap(outcome.image, truth))), caption: scale });
  }
  const row = (method: string, { psnr, ssim, residual, seconds, counts }: Outcome) => ({
    method,
    psnr,
    ssim,
    residual,
    seconds,
    counts: { ...counts },
  });
  const { options, prior, operator } = manifest;
  return reportHtml({
    title: `CT from ${views} views by ${title}`,
    subtitle: `${manifest.input}; ${views} views of ${bins} bins, ${operator.photons ? `${operator.photons} photons a ray` : `noise sigma ${operator.sigma}`}; seed ${manifest.seed}.`,
    images,
    errors,
    noise: problem.sigma ** 2,
    rows: [...(sole ? [] : [row('FBP', baseline)]), row(title, outcome)],
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

/** Least and greatest value, never equal. */
function extent({ data }: Tensor): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? [low, high] : [low, low + 1];
}
