import type { ArrayFile, NumericArray, RecognisedScan } from '../io/arrays/index.js';
import { readAll } from '../io/arrays/index.js';
import { UsageError, UserError } from '../tensor/errors.js';
import { formatShape, type Tensor, tensor } from '../tensor/tensor.js';
import type { Counts } from './counts.js';

/** What the distances of a fan beam are, in cm. */
export interface FanDistances {
  readonly sourceToAxis: number;
  readonly sourceToDetector: number;
}

/** A scan as its files have it: one row of the detector is one slice. */
export interface Scan {
  readonly views: number;
  readonly bins: number;
  /** Rows of the detector. */
  readonly rows: number;
  /** One a view, in radians. */
  readonly angles: readonly number[];
  /** Of a fan beam; absent: parallel beams. */
  readonly fan?: FanDistances;
  /** Distance between bins on the detector in cm, where it is known. */
  readonly binSize?: number;
  /** What was recognised or assumed: sentences for the user. */
  readonly notices: readonly string[];
  /** @returns counts, or line integrals `[views, bins]` where that is what was stored */
  row(index: number): Promise<Counts | { readonly lineIntegrals: Tensor }>;
}

/** What an axis of the projections is. */
export type ScanAxis = 'views' | 'rows' | 'bins';

/** What of a scan the user has stated. */
export interface ScanParts {
  readonly projections: NumericArray;
  readonly flats?: NumericArray;
  readonly darks?: NumericArray;
  /** One a view: of an array, or spread from the first to the last, the last left out, in degrees. */
  readonly angles?: NumericArray | { readonly from: number; readonly to: number };
  readonly angleUnit?: 'degrees' | 'radians';
  /** What the axes of the projections are; by default views, rows, bins, or views, bins. */
  readonly order?: readonly ScanAxis[];
  /** Whether the projections are line integrals already. */
  readonly lineIntegrals?: boolean;
  readonly fan?: FanDistances;
  readonly binSize?: number;
  readonly notices?: readonly string[];
}

/** The names of a scan's axes, as `rows,views,bins`. @throws UsageError for other names, or one twice */
export function parseOrder(text: string): ScanAxis[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = ['views', 'rows', 'bins'];
  if (
    names.length < 2 ||
    names.length > 3 ||
    new Set(names).size < names.length ||
    !names.every((name) => known.includes(name)) ||
    !names.includes('views') ||
    !names.includes('bins')
  )
    throw new UsageError(
      `"${text}" does not name the axes of projections: views and bins, and rows where there are several, as in rows,views,bins.`,
    );
  return names as ScanAxis[];
}

/**
 * The parts that a file of a known layout has: Data Exchange, or a MATLAB struct of the Helsinki and FIPS data sets, whose lengths are in
 * mm.
 */
export async function partsOf(found: RecognisedScan, file: Pick<ArrayFile, 'name'>): Promise<ScanParts> {
  const { data, flats, darks, angles, angleUnit, layout } = found;
  const numbers: Record<string, number> = {};
  for (const [name, array] of Object.entries(found.numbers)) numbers[name.toLowerCase()] = (await readAll(array))[0];
  const sourceToAxis = numbers.distancesourceorigin;
  const sourceToDetector = numbers.distancesourcedetector;
  const pixel = numbers.pixelsizepost ?? numbers.pixelsize;
  const isStruct = flats === undefined && Object.keys(numbers).length > 0;
  return {
    projections: data,
    flats,
    darks,
    angles,
    angleUnit,
    lineIntegrals: isStruct,
    ...(sourceToAxis > 0 && sourceToDetector > 0 && { fan: { sourceToAxis: sourceToAxis / 10, sourceToDetector: sourceToDetector / 10 } }),
    ...(pixel > 0 && { binSize: pixel / 10 }),
    notices: [`${file.name}: ${layout}.`],
  };
}

/**
 * A scan out of its parts.
 * @throws UserError when they are not of one scan: frames of another detector, angles of another number of views
 */
export async function scanOf(parts: ScanParts): Promise<Scan> {
  const { projections, flats, darks, lineIntegrals = false, fan, binSize } = parts;
  const { shape } = projections;
  const order = parts.order ?? (shape.length === 2 ? (['views', 'bins'] as const) : (['views', 'rows', 'bins'] as const));
  if (shape.length !== order.length)
    throw new UserError(
      `The projections have the shape ${formatShape(shape)}; of ${order.join(', ')} they would have ${order.length} axes. Say what theirs are with --order, as in --order rows,views,bins.`,
    );
  const along = (axis: ScanAxis): number => (order.includes(axis) ? shape[order.indexOf(axis)] : 1);
  const [views, rows, bins] = [along('views'), along('rows'), along('bins')];
  if (!lineIntegrals && flats === undefined)
    throw new UserError(
      'The projections need the open beam, which their counts are held against: give it with --flats (and --darks), or say --line-integrals if the logarithm has been taken.',
    );
  for (const [what, frames] of Object.entries({ flats, darks })) if (frames !== undefined) checkFrames(frames, what, rows, bins);
  const notices = [...(parts.notices ?? [])];
  const angles = await anglesOf(parts, views, notices);
  return {
    views,
    rows,
    bins,
    angles,
    fan,
    binSize,
    notices,
    async row(index) {
      const start = order.map((axis) => (axis === 'rows' ? index : 0));
      const count = order.map((axis) => (axis === 'rows' ? 1 : along(axis)));
      const data = Float32Array.from(await projections.read(start, count));
      const turned = order.indexOf('views') > order.indexOf('bins');
      const values = tensor([views, bins], turned ? transposed(data, bins, views) : data);
      if (lineIntegrals) return { lineIntegrals: values };
      return { projections: values, flats: await frameRow(flats as NumericArray, index), darks: darks && (await frameRow(darks, index)) };
    },
  };
}

/** Frames `[n, rows, bins]`, `[rows, bins]`, or of one row `[n, bins]` or `[bins]`. */
function checkFrames({ shape }: NumericArray, what: string, rows: number, bins: number): void {
  const fits =
    shape.at(-1) === bins &&
    (shape.length === 1 ? rows === 1 : shape.length === 2 ? rows === 1 || shape[0] === rows : shape.length === 3 && shape[1] === rows);
  if (!fits)
    throw new UserError(
      `The ${what} have the shape ${formatShape(shape)}, and the detector ${rows} rows of ${bins} bins. Give frames [n, ${rows}, ${bins}] of the same detector (the projections' axes: --order).`,
    );
}

async function frameRow(frames: NumericArray, row: number): Promise<Tensor> {
  const { shape } = frames;
  const bins = shape[shape.length - 1];
  if (shape.length === 1) return tensor([1, bins], Float32Array.from(await frames.read([0], [bins])));
  if (shape.length === 3) return tensor([shape[0], bins], Float32Array.from(await frames.read([0, row, 0], [shape[0], 1, bins])));
  // [n, bins] of a detector of one row, or a single frame [rows, bins]
  return row === 0 && shape[0] !== 1
    ? tensor([shape[0], bins], Float32Array.from(await frames.read([0, 0], [shape[0], bins])))
    : tensor([1, bins], Float32Array.from(await frames.read([row, 0], [1, bins])));
}

/** No angle in radians is as large: these are degrees. */
const MOST_RADIANS = 4 * Math.PI;

async function anglesOf({ angles, angleUnit }: ScanParts, views: number, notices: string[]): Promise<number[]> {
  if (angles === undefined || !('read' in angles)) {
    const { from, to } = angles ?? { from: 0, to: 180 };
    if (angles === undefined)
      notices.push(`No angles are stated: ${views} views spread over half a turn are assumed. State them with --angles or --angle-range.`);
    return Array.from({ length: views }, (_, k) => radians(from + (k * (to - from)) / views));
  }
  const values = Array.from(await readAll(angles, 'angles'), Number);
  if (values.length !== views)
    throw new UserError(
      `There are ${values.length} angles for ${views} views: they do not belong together. Give one angle a view, or say what the projections' axes are with --order.`,
    );
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new UserError(`The angle of view ${bad} is ${values[bad]}. Correct it, or leave that view out.`);
  const far = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = angleUnit ?? (far > MOST_RADIANS ? 'degrees' : 'radians');
  if (angleUnit === undefined)
    notices.push(`The angles go up to ${far.toPrecision(4)}: they are taken to be ${unit}. State it with --angle-unit.`);
  return unit === 'degrees' ? values.map(radians) : values;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  return out;
}
