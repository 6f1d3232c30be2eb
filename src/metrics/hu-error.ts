import { type CtScale, ctScale, huFromImage } from '../io/hounsfield.js';
import { formatShape, sameShape, type Tensor } from '../tensor/tensor.js';

/** Kinds of tissue by the Hounsfield value of the truth, from (inclusive) to (exclusive). `soft` holds fluid, organs and their edges. */
export const tissues = {
  air: [Number.NEGATIVE_INFINITY, -900],
  lung: [-900, -500],
  fat: [-150, -30],
  soft: [-150, 250],
  bone: [300, Number.POSITIVE_INFINITY],
} as const;

export type Tissue = keyof typeof tissues;

/** Root mean square error in HU by tissue; a tissue that the truth does not hold is absent. */
export type TissueErrors = Readonly<Partial<Record<Tissue, number>>>;

/**
 * Root mean square error in HU of a CT image, by what the truth is at a pixel. Not clipped.
 * @param image and truth of one shape, on the library's scale
 * @throws RangeError when the shapes differ
 */
export function tissueErrors(image: Tensor, truth: Tensor, scale: CtScale = ctScale): TissueErrors {
  if (!sameShape(image.shape, truth.shape))
    throw new RangeError(`images of one shape are compared, got ${formatShape(image.shape)} and ${formatShape(truth.shape)}`);
  const [got, want] = [huFromImage(image, scale).data, huFromImage(truth, scale).data];
  const errors: Partial<Record<Tissue, number>> = {};
  for (const [name, [from, to]] of Object.entries(tissues) as [Tissue, readonly [number, number]][]) {
    let [sum, count] = [0, 0];
    for (let i = 0; i < want.length; i++) {
      if (want[i] < from || want[i] >= to) continue;
      sum += (got[i] - want[i]) ** 2;
      count++;
    }
    if (count > 0) errors[name] = Math.sqrt(sum / count);
  }
  return errors;
}
