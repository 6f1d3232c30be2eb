import type { ValueRange } from '../../io/index.js';
import type { NumberType } from '../../io/number-types.js';
import { rangeOfNumbers } from '../../io/picture.js';
import { UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Air is at -1000 HU, and what scanners write outside their circle at -1024 to -3100; nothing is below. */
const HU = { least: -4096, air: -300, most: 32_767 };
const MOST_OF_12_BITS = 4095;

interface Meaning {
  readonly range: ValueRange;
  /** What was assumed, one sentence each. */
  readonly notices: readonly string[];
}

/**
 * What the numbers of an image mean. Where the command line refuses to guess, this does, says so, and the page has fields to say otherwise.
 * @param stated by the file or the user
 */
export function meaningOf(x: Tensor, type: NumberType, name: string, stated?: ValueRange): Meaning {
  if (stated !== undefined) return { range: stated, notices: [] };
  const notices: string[] = [];
  const [low, high] = extentOf(x);
  try {
    const range = rangeOfNumbers(x, type, name, notices);
    if (type === 'u2' && high <= MOST_OF_12_BITS)
      return guessed(name, [low, high], [0, MOST_OF_12_BITS], 'are taken as 12 bits, 0 as black and 4095 as white');
    return { range, notices };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  if (low <= HU.air && low >= HU.least && high <= HU.most)
    return guessed(name, [low, high], 'hu', 'are taken as Hounsfield units, as they look like');
  const range = [low, high > low ? high : low + 1] as const;
  return guessed(name, [low, high], range, 'are shown with the least as black and the most as white');
}

function guessed(name: string, [low, high]: readonly [number, number], range: ValueRange, how: string): Meaning {
  const notice = `${name} does not say what its numbers mean. Those from ${short(low)} to ${short(high)} ${how}; "More settings" has fields to say otherwise.`;
  return { range, notices: [notice] };
}

/** Of the numbers that are any. */
function extentOf({ data }: Tensor): readonly [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
