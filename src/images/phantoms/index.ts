import { UserError } from '../../tensor/errors.js';
import type { Random } from '../../tensor/random.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { paintAbdomen } from './abdomen.js';
import { Canvas } from './canvas.js';
import { paintChest } from './chest.js';
import { paintHead } from './head.js';
import { gaussianBlur, smoothNoise, whiteNoise } from './noise.js';
import { paintObject } from './objects.js';

/** What a phantom shows. `object` is anything but a patient: a tooth, a casting, nested ellipses. */
export type PhantomKind = 'head' | 'chest' | 'abdomen' | 'object';

/** Which pictures a seed gives. In 2 the enamel of teeth has lobes, in 1 it never did; of the ten test phantoms number 3 changed. */
export const PHANTOM_VERSION = 2;

/** How often each kind comes when none is asked for, its size in the field of view, and its painter. */
const KINDS: Record<
  PhantomKind,
  {
    share: number;
    a: [number, number];
    flat: [number, number];
    fill: [number, number];
    turn: number;
    bend: number;
    paint: typeof paintHead;
  }
> = {
  head: { share: 0.3, a: [66, 84], flat: [1.12, 1.38], fill: [0.62, 1.02], turn: 0.18, bend: 1.2, paint: paintHead },
  chest: { share: 0.24, a: [135, 210], flat: [0.58, 0.8], fill: [0.62, 1.05], turn: 0.06, bend: 2, paint: paintChest },
  abdomen: { share: 0.36, a: [125, 210], flat: [0.6, 0.85], fill: [0.6, 1.05], turn: 0.06, bend: 2.5, paint: paintAbdomen },
  object: { share: 0.1, a: [30, 150], flat: [0.6, 1.2], fill: [0.35, 1], turn: 3.1, bend: 1, paint: paintObject },
};

/** The names of {@link PhantomKind}. */
export const PHANTOM_KINDS = Object.keys(KINDS) as PhantomKind[];

/** Side of the picture in pixels (32 or more, default 256); one kind instead of the usual mixture. */
export interface PhantomOptions {
  size?: number;
  kind?: PhantomKind | undefined;
}

/**
 * A random CT slice, anatomical in kind, never the same twice: head, chest, abdomen, and one in ten a lone object, with
 * table, clothes, point spread and noise of a scanner, at a random place and size (about 18 to 55 cm across).
 *
 * @returns `[1, size, size]` in [-1, 1]: HU / 1000, clipped, so -1 is air, 0 water and +1 twice water's attenuation
 * (0.4 / cm). The same state of `random` gives the same bits.
 * @throws UserError for an unknown kind or a size that is no whole number of 32 or more.
 */
export function ctPhantom(random: Random, options: PhantomOptions = {}): Tensor {
  const { size = 256, kind = pickKind(random) } = options;
  if (!Number.isInteger(size) || size < 32) throw new UserError(`a phantom's size is a whole number of pixels, 32 or more, not ${size}`);
  if (!Object.hasOwn(KINDS, kind)) throw new UserError(`unknown phantom kind '${kind}'; there are ${PHANTOM_KINDS.join(', ')}`);
  const { a: span, flat, fill, turn, bend, paint } = KINDS[kind];
  const a = random.uniform(...span);
  const b = a * random.uniform(...flat);
  const fieldOfView = (2 * Math.max(a, b)) / random.uniform(...fill);
  const room = Math.max(0.02 * fieldOfView, fieldOfView / 2 - Math.max(a, b));
  const canvas = new Canvas(random, size, {
    fieldOfView,
    shiftX: 0.35 * room * random.normal(),
    shiftY: 0.35 * room * random.normal(),
    rotation: random.uniform() < 0.05 ? random.uniform(-Math.PI, Math.PI) : turn * random.normal(),
    mirrorX: random.uniform() < 0.2,
    mirrorY: random.uniform() < 0.07,
    bend: bend * random.uniform(0.3, 1.2),
  });
  paint(canvas, random, a, b);
  acquire(canvas.data, random, size);
  return tensor([1, size, size], canvas.data);
}

function pickKind(random: Random): PhantomKind {
  let left = random.uniform();
  for (const kind of PHANTOM_KINDS) {
    if (left < KINDS[kind].share) return kind;
    left -= KINDS[kind].share;
  }
  return 'abdomen';
}

/** What the scanner does to a slice: point spread, noise that is white or slightly smooth, the clip of the value range. */
function acquire(data: Float32Array, random: Random, size: number): void {
  gaussianBlur(data, size, random.uniform(0.36, 0.76));
  if (random.uniform() < 0.75) {
    const noise = random.uniform() < 0.6 ? whiteNoise(random, size * size) : smoothNoise(random, size, 1);
    const deviation = Math.exp(random.uniform(Math.log(0.002), Math.log(0.014)));
    addScaled(data, noise, deviation);
  }
  clip(data);
}

function addScaled(data: Float32Array, other: Float32Array, scale: number): void {
  for (let i = 0; i < data.length; i++) data[i] += scale * other[i];
}

function clip(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.max(-1, Math.min(1, data[i]));
}
