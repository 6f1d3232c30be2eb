import type { Tensor } from '../tensor/tensor.js';
import { defaultMuMax, type ScanGeometry } from './geometry.js';
import { massCourse } from './mass-course.js';
import { binWidth, percentile, truncationOf } from './truncation.js';
import { shortSide } from './view-weights.js';

/**
 * What a measured sinogram shows of its own: numbers that are no line integrals, an axis that is not where the geometry has it, views that
 * do not belong to their angles, an object of another size or density than the units say. Only what is certain is told.
 * @param y [1, views, bins]
 * @param sigma standard deviation of its noise, as stated
 * @returns sentences for the user, with the likely cause and the remedy
 */
export function sinogramWarnings(y: Tensor, geometry: ScanGeometry, sigma: number): string[] {
  const wrongNumbers = noLineIntegrals(y, geometry);
  if (wrongNumbers !== undefined) return [wrongNumbers];
  const truncation = truncationOf(y, geometry, sigma);
  const warnings: string[] = [];
  if (truncation.detector)
    warnings.push(
      `The object is wider than the detector: the outermost bins reach ${percent(truncation.edge)} of the greatest value, where air would be at 0. The image is reconstructed with its surroundings, which are cut away; near its border it is less certain.`,
    );
  else if (truncation.image)
    warnings.push(
      `The object is wider than the image (it reaches ${(2 * truncation.reach).toPrecision(3)} cm, the image ${(geometry.size[1] * geometry.pixelSize).toPrecision(3)}): it is reconstructed as a whole, and what lies outside is cut away.`,
    );
  return [...warnings, ...(truncation.detector ? [] : inconsistencies(y, geometry, sigma)), ...density(y, geometry)];
}

/** A line integral of this, e^-30 of the light, no detector counts. */
const OPAQUE = 30;

function noLineIntegrals(y: Tensor, { bins, angles }: ScanGeometry): string | undefined {
  const { data } = y;
  const remedy = 'What is needed are line integrals, -log(counts / counts without an object).';
  const bright = percentile(data, 0.99);
  if (bright > OPAQUE)
    return `The measurement has values up to ${bright.toPrecision(3)}, and no ray through matter that it still leaves has more than ${OPAQUE}: these look like counts. ${remedy}`;
  const [low, high] = [percentile(data, 0.01), bright];
  let [outside, inside] = [0, 0];
  const margin = Math.max(1, Math.round(bins / 20));
  for (let view = 0; view < angles.length; view++) {
    for (let k = 0; k < margin; k++) outside += (data[view * bins + k] + data[(view + 1) * bins - 1 - k]) / (2 * margin * angles.length);
    const middle = (bins - margin) >> 1;
    for (let k = 0; k < margin; k++) inside += data[view * bins + middle + k] / (margin * angles.length);
  }
  if (low >= 0 && high <= 1.5 && outside > inside && outside > 0.5)
    return `The measurement is larger where air is expected (${outside.toPrecision(3)} at the ends of the detector, ${inside.toPrecision(3)} in its middle): these look like transmissions, whose logarithm was forgotten. ${remedy}`;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  if (mean < 0 && -mean > 0.02 * Math.max(Math.abs(low), Math.abs(high)))
    return `The measurement is negative in the mean (${mean.toPrecision(3)}): its sign is turned (log for -log), or it was divided by a reference that is too dark. ${remedy}`;
  return undefined;
}

/** Views need so much of a half turn before the axis can be told from the place of the object. */
const ENOUGH_ANGLES = Math.PI / 2;

/** Whether the views' masses and centres are those of one object that turns. */
function inconsistencies(y: Tensor, geometry: ScanGeometry, sigma: number): string[] {
  const { beam, angles, bins, axis } = geometry;
  // of a fan a view's sum is no mass: its rays are not parallel
  if (beam === 'fan') return [];
  if (angles.length < 6 || Math.max(...angles) - Math.min(...angles) < ENOUGH_ANGLES) return [];
  const course = massCourse(y, angles);
  // what noise alone does to a view's sum, as a share of it
  const noise = (sigma * Math.sqrt(bins)) / course.mass;
  if (!(noise > 0 ? noise < 0.1 : course.mass > 0)) return [];
  if (!(course.spread < 0.15 + 2 * noise))
    // a detector that was moved aside cuts its views, and the other side of the turn has the rest
    return shortSide(geometry) !== 0
      ? []
      : [
          `The views' sums differ by ${percent(course.spread)}, where each is the object's whole mass: some views are cut off, were divided by a wrong reference, or rows and columns of the measurement are exchanged.`,
        ];
  if (course.miss > Math.max(2, 0.02 * bins) + 2 * noise * (bins / Math.sqrt(12)))
    return [
      `The object's centre does not move over the views as their angles say (off by ${course.miss.toPrecision(2)} bins): the angles are of another order, unit (radians are expected) or scan, or the object moved.`,
    ];
  const off = course.axis - axis;
  if (Math.abs(off) < Math.max(1.5, (4 * course.miss) / Math.sqrt(angles.length))) return [];
  return [
    `The rotation axis seems to be at bin ${course.axis.toFixed(1)}, and the geometry has it at ${axis}: everything will be doubled or blurred by ${Math.abs(off).toFixed(1)} bins. Correct "axis".`,
  ];
}

/** The mean attenuation of the object, from its mass and the width that the views show, against what can be shown. */
function density(y: Tensor, geometry: ScanGeometry): string[] {
  const { angles, bins, muMax = defaultMuMax } = geometry;
  const peak = percentile(y.data, 0.99);
  const widths = Float64Array.from({ length: bins }, (_, bin) => binWidth(geometry, bin));
  let [mass, width] = [0, 0];
  for (let at = 0; at < y.data.length; at++) {
    mass += y.data[at] * widths[at % bins];
    if (y.data[at] > 0.04 * peak) width += widths[at % bins];
  }
  const diameter = width / angles.length;
  const mu = mass / angles.length / ((Math.PI / 4) * diameter ** 2);
  if (!(mu > 0) || bins < 8) return [];
  if (mu > muMax)
    return [
      `The object attenuates by ${mu.toPrecision(2)} per cm in the mean, and ${muMax} (muMax) is the white of images; pictures are shown darker. State a larger "muMax" in the geometry, or correct its lengths, which are in cm.`,
    ];
  if (mu < muMax / 15)
    return [
      `The object attenuates by ${mu.toPrecision(2)} per cm in the mean, hardly more than air beside ${muMax} (muMax). Correct the lengths of the geometry, which are in cm, or state a smaller "muMax".`,
    ];
  return [];
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
