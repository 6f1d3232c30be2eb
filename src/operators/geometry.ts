import { z } from 'zod';
import { checked } from '../io/checked.js';
import { ctScale } from '../io/hounsfield.js';
import { UserError } from '../tensor/errors.js';

/** What every scan in one plane has. The image's centre is the rotation axis; x points right along a row, y up against the rows. */
interface ScanCommon {
  /** Image rows and columns. */
  readonly size: readonly [height: number, width: number];
  /** Side of an image pixel in cm. */
  readonly pixelSize: number;
  /** One a view, in radians, in the order of the views. */
  readonly angles: readonly number[];
  /** Detector bins a view. */
  readonly bins: number;
  /** Distance between bins in cm, on the detector itself. */
  readonly binSize: number;
  /** Where the rotation axis falls on the detector, in bins; `(bins - 1) / 2` is the middle. May be fractional. */
  readonly axis: number;
  /** Attenuation in 1/cm that x = +1 stands for (x = -1 is zero); 0.4 where absent. */
  readonly muMax?: number;
}

/**
 * Parallel beams: the ray of angle `theta` and detector coordinate `t` is the line `x cos(theta) + y sin(theta) = t`; bin k sits at
 * `t = (k - axis) binSize`. Nothing asks the detector to cover the image: rays beyond it are absent.
 */
export interface ParallelBeam extends ScanCommon {
  readonly beam?: 'parallel';
}

/**
 * A fan from a point source that turns with its detector. At the angle `beta` the source is at `R (sin(beta), -cos(beta))`, and the
 * detector, beyond the axis, counts its bins along `(cos(beta), sin(beta))`, as that of parallel beams does: where R is large the two
 * are one. The ray at the angle `gamma` from the central one is the parallel ray of `theta = beta - gamma`, `t = R sin(gamma)`.
 */
export interface FanBeam extends ScanCommon {
  readonly beam: 'fan';
  /** Bins on a line, or on an arc about the source. */
  readonly detector: 'flat' | 'arc';
  /** Distance R of the source from the rotation axis in cm. */
  readonly sourceToAxis: number;
  /** Distance of the source from the detector in cm, along the ray through the axis. */
  readonly sourceToDetector: number;
  /**
   * Angle in radians by which a flat detector is turned, in the plane of the scan, about the bin of the axis: the ends of greater bins are
   * further from the source where it is positive. 0 where absent: at right angles to the ray through the axis.
   */
  readonly tilt?: number;
}

/** How a slice was scanned. */
export type ScanGeometry = ParallelBeam | FanBeam;

/** Attenuation of x = +1 in 1/cm unless a geometry says otherwise: about +1000 HU. */
export const defaultMuMax = ctScale.muMax;

/** Most views of a scan. */
export const MOST_VIEWS = 20_000;
/** Rays at this from the central one, in radians, are none of a fan. */
const WIDEST_FAN = (85 * Math.PI) / 180;
const side = z.int().min(1).max(8192);
const length = z.number().positive();
const noSuch = (what: string, remedy: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? what : `${what}, not ${JSON.stringify(input)}. ${remedy}`),
});
const common = {
  size: z.tuple([side, side]),
  pixelSize: length,
  angles: z
    .array(
      z
        .number()
        .min(-4 * Math.PI, 'in radians: this one looks like degrees')
        .max(4 * Math.PI, 'in radians: this one looks like degrees'),
    )
    .min(1, 'at least one view is needed')
    .max(MOST_VIEWS),
  bins: z.int().min(1).max(65536),
  binSize: length,
  axis: z.number(),
  muMax: length.optional(),
};
const parallel = z.strictObject({ ...common, beam: z.literal('parallel').optional() });
const fan = z
  .strictObject({
    ...common,
    beam: z.literal('fan'),
    detector: z.enum(
      ['flat', 'arc'],
      noSuch('"flat" or "arc"', 'Resample the rows of another detector to one of these, by the angles of its bins.'),
    ),
    sourceToAxis: length,
    sourceToDetector: length,
    tilt: z
      .number()
      .min(-Math.PI / 3, 'in radians, at most 60 degrees: this one looks like degrees')
      .max(Math.PI / 3, 'in radians, at most 60 degrees: this one looks like degrees')
      .optional(),
  })
  .refine(({ sourceToAxis, size, pixelSize }) => sourceToAxis > (Math.hypot(...size) * pixelSize) / 2, {
    path: ['sourceToAxis'],
    message: 'the source would turn within the image: make it larger, or the image smaller (lengths are in cm)',
  })
  .refine(({ sourceToAxis, sourceToDetector }) => sourceToDetector > sourceToAxis, {
    path: ['sourceToDetector'],
    message: 'it is measured from the source, so it is larger than sourceToAxis',
  })
  .refine(({ detector, tilt }) => detector === 'flat' || !tilt, {
    path: ['tilt'],
    message: 'a turned arc is an arc of other angles: leave it out, and move axis',
  })
  .refine((geometry) => Math.max(...[0, geometry.bins - 1].map((bin) => Math.abs(fanAngle(geometry, bin)))) < WIDEST_FAN, {
    path: ['bins'],
    message: 'the outermost bins are at more than 85 degrees from the central ray: binSize or sourceToDetector is wrong (cm)',
  });
/** Told apart before anything else is looked at, so that faults are those of the beam that is meant. */
const schema = z
  .discriminatedUnion('beam', [parallel, fan], {
    error: ({ code, input }) => {
      const beam = (input as { beam?: unknown } | null)?.beam;
      return code !== 'invalid_union' || typeof beam !== 'string' ? undefined : unsupportedBeam(beam);
    },
  })
  .refine(
    (geometry) => {
      const reach = (Math.hypot(...geometry.size) * geometry.pixelSize) / 2;
      const [first, last] = [rayOffset(geometry, 0), rayOffset(geometry, geometry.bins - 1)];
      return last > -reach && first < reach;
    },
    { path: ['axis'], message: 'no ray meets the image: the detector lies wholly to one side of it' },
  );

function unsupportedBeam(beam: string): string {
  const known = '"parallel" or "fan"';
  if (/cone|helical|spiral/i.test(beam))
    return `${known}, for slices are made one by one, and ${beam} beams are not supported. The central row of a cone beam's detector is a fan; of a helix or of other rows make fans first by single-slice rebinning`;
  return `${known}, not ${JSON.stringify(beam)}`;
}

/**
 * Check a geometry, as read from `geometry.json` or built in a program, and return it.
 * @param source what to call it in an error: a file name.
 * @throws UserError naming the field and what is wrong with it.
 */
export function parseGeometry(value: unknown, source = 'geometry'): ScanGeometry {
  return checked(
    schema,
    value,
    (problems) =>
      new UserError(
        `${source} does not describe a scan. ${problems}. It needs size [rows, columns], pixelSize and binSize in cm, angles in radians, bins, and axis (the bin of the rotation axis); of a fan also beam "fan", detector "flat" or "arc", sourceToAxis and sourceToDetector in cm.`,
      ),
  );
}

/** The angle `gamma` of a bin's ray from the central one, in radians; 0 of parallel beams. The bin may be fractional. */
export function fanAngle(geometry: ScanGeometry, bin: number): number {
  if (geometry.beam !== 'fan') return 0;
  const { detector, sourceToDetector, tilt = 0, axis, binSize } = geometry;
  const s = (bin - axis) * binSize;
  if (detector === 'arc') return s / sourceToDetector;
  return Math.atan2(s * Math.cos(tilt), sourceToDetector + s * Math.sin(tilt));
}

/** The distance t of a bin's ray from the rotation axis, in cm, negative before it. The bin may be fractional. */
export function rayOffset(geometry: ScanGeometry, bin: number): number {
  return geometry.beam === 'fan' ? geometry.sourceToAxis * Math.sin(fanAngle(geometry, bin)) : (bin - geometry.axis) * geometry.binSize;
}
