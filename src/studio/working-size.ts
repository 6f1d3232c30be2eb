import type { Picture } from '../io/index.js';
import { UserError } from '../tensor/errors.js';

/** A network sees little of a smaller image. */
const LEAST_SIDE = 32;

/**
 * [H, W] that a picture is brought to: a CT a square; a photograph in its own proportions, the longer side as asked and none enlarged, in
 * multiples of 8.
 * @throws UserError for a photograph that is too small
 */
export function workingSize({ pixels, source: { width, height } }: Picture, ct: boolean, side: number): readonly [number, number] {
  if (ct) return [side, side];
  if (Math.min(width, height) < LEAST_SIDE)
    throw new UserError(`The picture has ${width} x ${height} pixels; ${LEAST_SIDE} a side are the least. Give a larger one.`);
  const [, rows, columns] = pixels.shape;
  const scale = Math.min(1, side / Math.max(rows, columns));
  const whole = (n: number) => Math.max(LEAST_SIDE, Math.floor((n * scale) / 8 + 1e-6) * 8);
  return [whole(rows), whole(columns)];
}
