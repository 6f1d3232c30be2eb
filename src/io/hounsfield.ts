import { UsageError } from '../tensor/errors.js';
import { clampToImage, mapTensor, type Tensor } from '../tensor/tensor.js';

/** Attenuation of water, per cm, and the attenuation that x = +1 stands for. */
export interface CtScale {
  readonly muWater: number;
  readonly muMax: number;
}

/** The CT scale of the library: x = -1 is air (0 per cm), x = +1 is 0.4 per cm, which is +1000 HU; water is x = 0. */
export const ctScale: CtScale = { muWater: 0.2, muMax: 0.4 };

/** A display window as scanners name it, in HU. */
export interface Window {
  readonly center: number;
  readonly width: number;
}

/** Everything the CT scale can show: -1000 to +1000 HU. */
export const fullWindow: Window = { center: 0, width: 2000 };

/** Windows that readers of CT use. */
export const windows = {
  soft: { center: 50, width: 400 },
  lung: { center: -600, width: 1500 },
  bone: { center: 300, width: 1500 },
  full: fullWindow,
} as const satisfies Readonly<Record<string, Window>>;

/**
 * A window by its name, or as center and width, "40,400".
 * @throws UserError (usage) for anything else
 */
export function parseWindow(text: string): Window {
  if (Object.hasOwn(windows, text)) return windows[text as keyof typeof windows];
  const [center, width, ...rest] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (rest.length === 0 && Number.isFinite(center) && Number.isFinite(width) && width >= 1) return { center, width };
  throw new UsageError(
    `"${text}" is no window. Name one of ${Object.keys(windows).join(', ')}, or give centre and width in HU, as in 40,400 (the width at least 1).`,
  );
}

/**
 * Linear attenuation, per cm, of a Hounsfield value: `mu = muWater (1 + HU / 1000)` (the definition of HU, air taken as vacuum). Not
 * clipped.
 */
export function attenuationFromHu(hu: number, scale: CtScale = ctScale): number {
  return scale.muWater * (1 + hu / 1000);
}

/** Hounsfield value of a linear attenuation in 1/cm; inverse of {@link attenuationFromHu}. */
export function huFromAttenuation(mu: number, scale: CtScale = ctScale): number {
  return 1000 * (mu / scale.muWater - 1);
}

/** Value in [-1, 1] of an attenuation in 1/cm, clipped at air (0) and `muMax`. */
export function unitFromAttenuation(mu: number, scale: CtScale = ctScale): number {
  return clampToImage((2 * mu) / scale.muMax - 1);
}

/** Attenuation in 1/cm of a value on the [-1, 1] scale. Not clipped. */
export function attenuationFromUnit(x: number, scale: CtScale = ctScale): number {
  return ((x + 1) * scale.muMax) / 2;
}

/** An image in HU as the library's image in [-1, 1]: linear in attenuation, clipped at air and `muMax`. Any shape. */
export function imageFromHu(hu: Tensor, scale: CtScale = ctScale): Tensor {
  return mapTensor(hu, (value) => unitFromAttenuation(attenuationFromHu(value, scale), scale));
}

/** An image in [-1, 1] back in HU. Any shape; exact inverse of {@link imageFromHu} where that did not clip. */
export function huFromImage(x: Tensor, scale: CtScale = ctScale): Tensor {
  return mapTensor(x, (value) => huFromAttenuation(attenuationFromUnit(value, scale), scale));
}

/**
 * Black and white of a display window in HU: the LINEAR function of DICOM PS3.3 C.11.2.1.2, whose grey ramp is `width - 1` wide and centred
 * on `center - 0.5`.
 */
export function windowLimits({ center, width }: Window): readonly [black: number, white: number] {
  const half = Math.max(width - 1, 1e-6) / 2;
  return [center - 0.5 - half, center - 0.5 + half];
}

/** Black and white of a display window on the [-1, 1] scale, not clipped: what `writePng` takes as `range`. */
export function windowRange(window: Window, scale: CtScale = ctScale): readonly [black: number, white: number] {
  const [black, white] = windowLimits(window).map((hu) => (2 * attenuationFromHu(hu, scale)) / scale.muMax - 1);
  return [black, white];
}

/** An image in HU as grey in [-1, 1] for the eye, through a display window. Any shape. */
export function applyWindow(hu: Tensor, window: Window): Tensor {
  const [black, white] = windowLimits(window);
  return mapTensor(hu, (value) => clampToImage((2 * (value - black)) / (white - black) - 1));
}
