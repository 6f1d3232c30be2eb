import { heldOutPhantom, heldOutPhotograph } from '../../experiments/held-out.js';
import type { ExampleName, Opened } from '../backend/backend.js';

/** Which of the images that no training has seen: the slice is the one of `posteriori demo`. */
const numbers: Record<ExampleName, number> = { slice: 10, photograph: 4 };

/** An example to start with, made here by a seed. */
export function openExample(example: ExampleName): Opened {
  const ct = example === 'slice';
  const { image } = ct ? heldOutPhantom('demo', numbers.slice) : heldOutPhotograph('demo', numbers.photograph);
  return { source: { kind: 'image', name: example, image, ct, example }, notices: [] };
}
