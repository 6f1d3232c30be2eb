import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatNpy, windowRange, windows } from '../../io/index.js';
import { folderName } from '../../io/node/guard.js';
import { encodePng, splitInner } from '../../io/node/index.js';
import { OutputFolder } from '../../io/node/output-folder.js';
import { ownedFiles } from '../../io/node/owned-files.js';
import { fbp, selectViews, spreadViews } from '../../operators/index.js';
import { layOutScan, type PreparedRow, parseOrder, prepareRow, type Scan, type ScanAxis, type ScanLayout } from '../../scans/index.js';
import { openScan } from '../../scans/node/open-scan.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { count, examples, indexRange, jsonFlag, nonNegative, type OutFlags, outFlags, positive } from '../flags.js';
import { cancellable } from '../interrupt.js';
import { ProgressLine } from '../progress.js';

interface PrepareFlags extends OutFlags {
  readonly flats?: string;
  readonly darks?: string;
  readonly angles?: string;
  readonly angleRange?: { from: number; to: number };
  readonly angleUnit?: 'degrees' | 'radians';
  readonly order?: ScanAxis[];
  readonly lineIntegrals?: boolean;
  readonly sourceToAxis?: number;
  readonly sourceToDetector?: number;
  readonly binSize?: number;
  readonly rows?: readonly [number, number];
  readonly binning?: number;
  readonly size: number;
  readonly axis?: number;
  readonly air: number;
  readonly rings?: number | true;
  readonly views?: number;
  readonly json?: boolean;
}

/** Width of the median against rings where none is stated: of stripes of one to four bins. */
const USUAL_RINGS = 9;

const written = ['sinogram.npy', 'sinogram.png', 'fbp.png', 'geometry.json', 'scan.json'];

/** `posteriori prepare-scan FILE`: from a scanner's counts to a sinogram and its geometry. */
export function prepareScanCommand(program: Command): void {
  const command = program
    .command('prepare-scan')
    .description("from a scanner's counts to line integrals and their geometry: flats and darks, dead bins, rotation axis, noise, scale")
    .argument(
      '<projections>',
      'a file of a known layout (HDF5 as Data Exchange, MATLAB of the Helsinki sets), or an array: scan.h5:/data, counts.npy',
    )
    .optionsGroup('The scan, where its file does not say:')
    .option('--flats <array>', 'the open beam: frames [n, rows, bins], or [n, bins] of a detector of one row')
    .option('--darks <array>', 'the same without a beam')
    .option('--angles <array>', 'one angle a view')
    .option('--angle-range <from:to>', 'views spread equally over these degrees, the last left out, as in 0:180', range)
    .addOption(new Option('--angle-unit <unit>', 'of --angles').choices(['degrees', 'radians']))
    .option('--order <axes>', 'what the axes of the projections are: rows,views,bins, say (default: views,rows,bins)', parseOrder)
    .option('--line-integrals', 'the logarithm has been taken: no flats')
    .option('--source-to-axis <cm>', 'of a fan beam with a flat detector, with --source-to-detector', positive)
    .option('--source-to-detector <cm>', 'of a fan beam, along the ray through the axis', positive)
    .option('--bin-size <cm>', 'distance between bins on the detector', positive)
    .optionsGroup('What is done:')
    .option('--rows <first:last>', 'rows of the detector, counted from 0, each a slice (default: the middle one)', indexRange)
    .option('--axis <bin>', 'the rotation axis on the detector, counted from 0, may be fractional (default: it is found)', nonNegative)
    .option('--size <pixels>', 'rows and columns of the image', count, 256)
    .option('--binning <n>', 'average so many bins into one (default: as many as make a pixel)', count)
    .option('--air <bins>', 'so many bins at either end see air in every view: level a beam whose brightness drifts', count, 0)
    .option('--rings [bins]', `take rings away: a median over so many bins (${USUAL_RINGS})`, count)
    .option('--views <n>', 'keep only so many views, spread equally; the axis is found from all', count);
  jsonFlag(outFlags(command, 'out/ and the name of the file, with a number where it is taken'));
  examples(command, [
    ['posteriori prepare-scan tooth.h5', 'a synchrotron scan; then it says how to reconstruct it'],
    ['posteriori prepare-scan counts.npy --flats flat.npy --darks dark.npy --angles theta.npy --rings', 'the same as single arrays'],
    ['posteriori prepare-scan htc2022_ta_full.mat --views 60 --out out/htc', 'fan beams: 60 of 721 views'],
  ]);
  command.action(async (projections: string, flags: PrepareFlags) => {
    const { sourceToAxis, sourceToDetector, angles, angleRange } = flags;
    if ((sourceToAxis === undefined) !== (sourceToDetector === undefined))
      throw new UsageError('--source-to-axis and --source-to-detector belong together: give both, or neither.');
    if (angles !== undefined && angleRange !== undefined)
      throw new UsageError('Both --angles and --angle-range are given; give one of them.');
    await cancellable(async (signal) => {
      const { scan, close } = await openScan({
        projections,
        flats: flags.flats,
        darks: flags.darks,
        angles: angles ?? angleRange,
        angleUnit: flags.angleUnit,
        order: flags.order,
        lineIntegrals: flags.lineIntegrals,
        binSize: flags.binSize,
        ...(sourceToAxis !== undefined && sourceToDetector !== undefined && { fan: { sourceToAxis, sourceToDetector } }),
      });
      try {
        await prepare(scan, projections, flags, signal);
      } finally {
        await close();
      }
    });
  });
}

async function prepare(scan: Scan, projections: string, flags: PrepareFlags, signal: AbortSignal): Promise<void> {
  const { size, views, out, force } = flags;
  const [first, last] = flags.rows ?? [scan.rows >> 1, scan.rows >> 1];
  if (last >= scan.rows)
    throw new UsageError(`The detector has ${scan.rows} rows, 0 to ${scan.rows - 1}; --rows ${first}:${last} asks for others.`);
  if (views !== undefined && views > scan.views) throw new UsageError(`The scan has ${scan.views} views; --views ${views} asks for more.`);
  const binning = flags.binning ?? Math.max(1, Math.floor(scan.bins / size));
  const { rings } = flags;
  const options = { binning, air: flags.air, rings: rings === true ? USUAL_RINGS : (rings ?? 0) };
  const { path } = splitInner(projections);
  const folder = await OutputFolder.open(out ?? join('out', folderName(path)), {
    unique: out === undefined,
    inputs: [path],
    force,
    earlier: out === undefined ? undefined : await ownedFiles(out, { file: 'scan.json', field: 'scan' }, written),
    mayWrite: (name) => written.includes(name),
  });
  const progress = new ProgressLine('prepare-scan');
  try {
    const rows: PreparedRow[] = [];
    for (let row = first; row <= last; row++) {
      signal.throwIfAborted();
      progress.update({ step: row - first, steps: last - first + 1, stage: `row ${row}` });
      rows.push(prepareRow(await scan.row(row), options));
    }
    progress.update({ step: rows.length, steps: rows.length, stage: 'rotation axis' });
    // of a detector's rows the middle one: the axis and the scale are the same for all
    const middle = rows[rows.length >> 1];
    const layout = await layOutScan(scan, middle.y, { binning, size, axis: flags.axis, signal }, fbp);
    progress.stop();
    await write(folder, { scan, rows, layout, flags, first, options: { ...options, input: basename(path) } });
  } catch (error) {
    await folder.abandon();
    throw error;
  } finally {
    progress.stop();
  }
}

interface Prepared {
  readonly scan: Scan;
  readonly rows: readonly PreparedRow[];
  readonly layout: ScanLayout;
  readonly flags: PrepareFlags;
  readonly first: number;
  readonly options: Readonly<Record<string, unknown>>;
}

async function write(folder: OutputFolder, { scan, rows, layout, flags, first, options }: Prepared): Promise<void> {
  const { views, json } = flags;
  const kept = rows.map(({ y }) => {
    const whole = { geometry: layout.geometry, sinogram: tensor([1, ...y.shape], y.data) };
    return views === undefined ? whole : selectViews(whole.geometry, whole.sinogram, spreadViews(whole.geometry, views));
  });
  const { geometry } = kept[0];
  const sinograms = kept.map(({ sinogram }) => sinogram);
  const stack = stackOf(sinograms);
  const files = new Map<string, Uint8Array | string>();
  files.set('sinogram.npy', formatNpy(stack));
  files.set('sinogram.png', await encodePng(sinograms[sinograms.length >> 1], { range: [0, most(stack)] }));
  const image = await fbp(sinograms[sinograms.length >> 1], geometry);
  files.set('fbp.png', await encodePng(image, { range: windowRange(windows.full) }));
  files.set('geometry.json', `${JSON.stringify(geometry, undefined, 2)}\n`);
  const dead = rows.map((row) => row.dead.length);
  const photons = rows[rows.length >> 1].photons;
  const found = {
    views: geometry.angles.length,
    bins: geometry.bins,
    rows: rows.length,
    axis: Number(layout.axis.toFixed(3)),
    axisFrom: layout.axisFrom,
    sigma: layout.sigma,
    muMax: geometry.muMax ?? null,
    ...(photons !== undefined && { photons: Math.round(photons) }),
    deadBins: rows.flatMap((row, k) => row.dead.map((bin) => ({ row: first + k, bin }))),
    emptyRays: rows.reduce((sum, row) => sum + row.empty, 0),
  };
  const notices = [...scan.notices, ...layout.notices];
  files.set('scan.json', `${JSON.stringify({ scan: 1, ...options, ...found, notices }, undefined, 2)}\n`);
  await folder.commit(files, 'scan.json');
  const next = `posteriori reconstruct --measurement ${folder.given}/sinogram.npy --geometry ${folder.given}/geometry.json --sigma ${layout.sigma} --preset pixel-scan`;
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...found, notices, out: folder.given, next })}\n`);
    return;
  }
  for (const notice of notices) process.stderr.write(`Note: ${notice}\n`);
  const words: Record<ScanLayout['axisFrom'], string> = {
    stated: 'as stated',
    found: 'found',
    'middle of the detector': 'the middle of the detector, not found',
  };
  process.stdout.write(
    [
      `${found.rows === 1 ? '' : `${found.rows} slices of `}${found.views} views of ${found.bins} bins${options.binning === 1 ? '' : `, ${options.binning} of the detector's in each`}`,
      `rotation axis     bin ${found.axis} (${words[layout.axisFrom]})`,
      `noise             sigma ${layout.sigma}${photons === undefined ? '' : `; an open ray counts ${Math.round(photons)} photons, by the scatter of the flats`}`,
      `white of pictures ${found.muMax} per cm (muMax)`,
      ...(dead.some((n) => n > 0) ? [`dead bins         ${Math.max(...dead)}, filled in from their neighbours`] : []),
      ...(found.emptyRays > 0
        ? [`empty rays        ${found.emptyRays}, which counted nothing: the object is too dense there, or darks are wrong`]
        : []),
      `Look at ${folder.given}/fbp.png. Then: npx ${next}`,
      '',
    ].join('\n'),
  );
}

/** One sinogram as `[1, views, bins]`, several as a stack `[slices, views, bins]`. */
function stackOf(sinograms: readonly Tensor[]): Tensor {
  const [, views, bins] = sinograms[0].shape;
  const out = tensor([sinograms.length, views, bins]);
  sinograms.forEach(({ data }, k) => {
    out.data.set(data, k * views * bins);
  });
  return out;
}

function most({ data }: Tensor): number {
  const value = data.reduce((a, b) => Math.max(a, b), 0);
  if (!(value > 0))
    throw new UserError('No ray was attenuated: every line integral is zero or less. Flats and projections are perhaps exchanged.');
  return value;
}

function range(text: string): { from: number; to: number } {
  const [from, to, ...rest] = text.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (rest.length > 0 || !Number.isFinite(from) || !Number.isFinite(to) || from === to)
    throw new InvalidArgumentError('It must be two different numbers of degrees, as in 0:180.');
  return { from, to };
}
