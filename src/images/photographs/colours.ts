import type { Dice } from './dice.js';

/** Red, green, blue in linear light (ITU-R BT.709 primaries); 1 is a white surface under the scene's light. */
export type Colour = readonly [number, number, number];

/** Linear light of an sRGB value in [0, 1]. */
export function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** A colour from hue (turns), saturation and lightness (0 to 1) of its sRGB value. */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const part = (n: number) => {
    const k = (((n + 12 * hue) % 12) + 12) % 12;
    return linear(lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [part(0), part(8), part(4)];
}

/** A colour times a factor, or times another channel by channel. */
export function times(colour: Colour, by: number | Colour): Colour {
  return typeof by === 'number'
    ? [colour[0] * by, colour[1] * by, colour[2] * by]
    : [colour[0] * by[0], colour[1] * by[1], colour[2] * by[2]];
}

/** From a (0) to b (1). */
export function blend(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])];
}

/** Ranges of hue, saturation and lightness of what the world is made of. */
const SUBSTANCES = {
  skin: [0.02, 0.09, 0.25, 0.6, 0.3, 0.8],
  wood: [0.03, 0.11, 0.2, 0.65, 0.15, 0.65],
  foliage: [0.15, 0.3, 0.12, 0.45, 0.12, 0.5],
  straw: [0.1, 0.16, 0.2, 0.5, 0.35, 0.75],
  sky: [0.54, 0.64, 0.15, 0.7, 0.35, 0.9],
  metal: [0, 1, 0, 0.08, 0.2, 0.85],
  stone: [0.03, 0.15, 0, 0.18, 0.25, 0.75],
  brick: [0, 0.06, 0.25, 0.6, 0.25, 0.55],
  soil: [0.05, 0.1, 0.15, 0.5, 0.1, 0.4],
  fur: [0.04, 0.11, 0.05, 0.5, 0.08, 0.8],
  cloth: [0, 1, 0.05, 0.55, 0.12, 0.85],
  paint: [-0.06, 0.16, 0.4, 0.9, 0.25, 0.6],
  dye: [0.5, 0.7, 0.35, 0.85, 0.2, 0.55],
  paper: [0.08, 0.16, 0, 0.3, 0.78, 0.97],
  shade: [0, 1, 0, 0.3, 0.02, 0.12],
} as const;

export type Substance = keyof typeof SUBSTANCES;
const EVERY = Object.keys(SUBSTANCES) as Substance[];

/** Some colour of a substance. */
export function colourOf(dice: Dice, substance: Substance): Colour {
  const [h0, h1, s0, s1, l0, l1] = SUBSTANCES[substance];
  return hsl(dice.uniform(h0, h1), dice.uniform(s0, s1), dice.uniform(l0, l1));
}

/** A colour a little off: `spread` is the standard deviation of its log brightness; hue and saturation move along by less. */
export function near(dice: Dice, colour: Colour, spread: number): Colour {
  const bright = Math.exp(spread * dice.normal());
  return [
    colour[0] * bright * (1 + 0.25 * spread * dice.normal()),
    colour[1] * bright * (1 + 0.15 * spread * dice.normal()),
    colour[2] * bright * (1 + 0.25 * spread * dice.normal()),
  ];
}

/** The few colours that a scene is made of; most photographs have two or three hues and their shades. */
export class Palette {
  private readonly colours: Colour[] = [];

  constructor(private readonly dice: Dice) {
    const chosen = Array.from({ length: 2 + dice.integer(3) }, () => dice.pick(EVERY));
    for (let k = 3 + dice.integer(5); k > 0; k--) this.colours.push(colourOf(dice, dice.pick(chosen)));
  }

  /** One of the colours, or a shade of it. */
  draw(): Colour {
    return near(this.dice, this.dice.pick(this.colours), 0.3);
  }
}
