import type { Dice } from './dice.js';
import type { Fields } from './fields.js';

/** A scalar pattern over the picture: `add` adds its values at `count` pixels of a row from (column, row) on. */
export interface Texture {
  add(column: number, row: number, count: number, out: Float32Array): void;
}

/** A random-phase texture of standard deviation `amplitude`. */
export interface GrainOptions {
  amplitude: number;
  /** The power spectrum falls as 1 / f^exponent: 0 is white, 2 that of photographs, 4 cloudy. */
  exponent: number;
  /** Octaves of {@link Fields} it is made of, six where not told. */
  finest?: number;
  coarsest?: number;
}

/** A sum of octaves of noise. */
export function grain(fields: Fields, dice: Dice, options: GrainOptions): Texture {
  const { amplitude, exponent, finest = 0, coarsest = finest + 5 } = options;
  const weights: number[] = [];
  for (let k = finest; k <= Math.min(coarsest, fields.octaves - 1); k++) weights.push(2 ** ((k * (exponent - 2)) / 2));
  const scale = amplitude / Math.hypot(...weights);
  const parts = weights.map((weight, k) => ({
    field: fields.octave(finest + k),
    weight: weight * scale,
    dx: dice.integer(fields.side),
    dy: dice.integer(fields.side),
  }));
  return {
    add: (column, row, count, out) => {
      for (const { field, weight, dx, dy } of parts) addShifted(field, fields.side, column + dx, row + dy, count, weight, out);
    },
  };
}

function addShifted(
  field: Float32Array,
  side: number,
  column: number,
  row: number,
  count: number,
  weight: number,
  out: Float32Array,
): void {
  const start = (row & (side - 1)) * side;
  // run by run, from one wrapping round to the next
  for (let i = 0, at = column & (side - 1); i < count; at = 0) {
    const end = Math.min(count, i + side - at);
    for (let from = start + at; i < end; i++, from++) out[i] += weight * field[from];
  }
}

/** Streaks `length` pixels long and `width` wide in direction `angle`: brushed metal, bark, wood, hair far away. */
export function streaks(fields: Fields, dice: Dice, length: number, width: number, angle: number, amplitude: number): Texture {
  const [du, su] = [Math.cos(angle) / length, Math.sin(angle) / length];
  const [dv, sv] = [-Math.sin(angle) / width, Math.cos(angle) / width];
  const [u0, v0] = [dice.uniform(0, fields.side), dice.uniform(0, fields.side)];
  // interpolation takes some of the variance away
  return {
    add: (column, row, count, out) =>
      addStretched(
        fields.octave(0),
        fields.side,
        u0 + column * du + row * su,
        v0 + column * dv + row * sv,
        du,
        dv,
        count,
        1.35 * amplitude,
        out,
      ),
  };
}

/** Smoothly interpolated white noise along a line of its plane. */
function addStretched(
  field: Float32Array,
  side: number,
  u0: number,
  v0: number,
  du: number,
  dv: number,
  count: number,
  weight: number,
  out: Float32Array,
): void {
  const mask = side - 1;
  for (let i = 0; i < count; i++) {
    const u = u0 + i * du;
    const v = v0 + i * dv;
    const iu = Math.floor(u);
    const iv = Math.floor(v);
    const fu = smooth(u - iu);
    const top = (iv & mask) * side;
    const bottom = ((iv + 1) & mask) * side;
    const left = iu & mask;
    const right = (iu + 1) & mask;
    const above = field[top + left] + fu * (field[top + right] - field[top + left]);
    const under = field[bottom + left] + fu * (field[bottom + right] - field[bottom + left]);
    out[i] += weight * (above + smooth(v - iv) * (under - above));
  }
}

const smooth = (t: number): number => t * t * (3 - 2 * t);

/** A texture of its own row of memory passed through a function that changes values in place. */
function through(inner: Texture, change: (values: Float32Array, count: number, column: number, row: number) => void): Texture {
  let own = new Float32Array(256);
  return {
    add: (column, row, count, out) => {
      if (own.length < count) own = new Float32Array(count);
      own.fill(0, 0, count);
      inner.add(column, row, count, own);
      change(own, count, column, row);
      for (let i = 0; i < count; i++) out[i] += own[i];
    },
  };
}

/** 1 where a texture is above `level`, 0 below, over a band `width` wide: spots, patches, rust, clouds, camouflage. */
export function patches(inner: Texture, level: number, width: number): Texture {
  return through(inner, (values, count) => {
    for (let i = 0; i < count; i++) {
      const t = Math.max(0, Math.min(1, 0.5 + (values[i] - level) / width));
      values[i] = t * t * (3 - 2 * t);
    }
  });
}

/** 1 where a texture crosses 0, falling to 0 over `width`: veins of marble and leaves, cracks. */
export function veins(inner: Texture, width: number): Texture {
  return through(inner, (values, count) => {
    for (let i = 0; i < count; i++) values[i] = Math.max(0, 1 - Math.abs(values[i]) / width) ** 2;
  });
}

/** A texture with its bright side drawn out and its dark side pressed together, or the other way round (`skew` < 0): glints, pores. */
export function skewed(inner: Texture, skew: number): Texture {
  return through(inner, (values, count) => {
    for (let i = 0; i < count; i++) values[i] = Math.max(-0.9, Math.min(3, values[i] * (1 + skew * values[i])));
  });
}

/** Growth rings cut lengthwise, 0 to 1: waves across `angle` that noise bends. */
export function woodGrain(fields: Fields, dice: Dice, period: number, angle: number): Texture {
  const [c, s] = [-Math.sin(angle) / period, Math.cos(angle) / period];
  const phase = dice.uniform();
  const bend = dice.uniform(0.3, 1.2);
  const sharp = dice.uniform(0.5, 2);
  return through(streaks(fields, dice, 14 * period, 3 * period, angle, bend), (values, count, column, row) => {
    for (let i = 0; i < count; i++) {
      const t = values[i] + phase + (column + i) * c + row * s;
      const saw = t - Math.floor(t);
      // rises slowly through the year, ends at once
      values[i] = saw < 0.85 ? (saw / 0.85) ** sharp : (1 - saw) / 0.15;
    }
  });
}

/** Threads over and under, from -1 to 1 about 0: canvas (`twill` 1), twill (2, 3). `period` is the width of a thread in pixels. */
export function weave(dice: Dice, period: number, angle: number, twill: number): Texture {
  const [c, s] = [Math.cos(angle) / period, Math.sin(angle) / period];
  const [u0, v0, tone] = [dice.uniform(0, 64), dice.uniform(0, 64), dice.uniform(-0.4, 0.4)];
  return {
    add: (column, row, count, out) => {
      for (let i = 0; i < count; i++) {
        const u = u0 + (column + i) * c + row * s;
        const v = v0 - (column + i) * s + row * c;
        const iu = Math.floor(u);
        const iv = Math.floor(v);
        const over = (((iu + iv) % (twill + 1)) + twill + 1) % (twill + 1) < twill;
        const f = 2 * (over ? u - iu : v - iv) - 1;
        out[i] += 0.6 - 1.8 * f * f * f * f + (over ? tone : -tone);
      }
    },
  };
}

/** Stripes, 0 or 1, smooth over `edge` pixels: `period` pixels from one to the next, `duty` of it 1. */
export function stripes(dice: Dice, period: number, angle: number, duty: number, edge = 1.2): Texture {
  const [c, s, phase] = [Math.cos(angle) / period, Math.sin(angle) / period, dice.uniform()];
  const steep = period / edge;
  return {
    add: (column, row, count, out) => {
      for (let i = 0; i < count; i++) {
        const t = phase + (column + i) * c + row * s;
        const f = Math.abs(t - Math.floor(t) - 0.5);
        out[i] += Math.max(0, Math.min(1, 0.5 + (duty / 2 - f) * steep));
      }
    },
  };
}

/** Several textures added, each times its weight. */
export function sum(...parts: readonly (readonly [number, Texture])[]): Texture {
  const scaled = parts.map(([weight, texture]) =>
    weight === 1
      ? texture
      : through(texture, (values, count) => {
          for (let i = 0; i < count; i++) values[i] *= weight;
        }),
  );
  return {
    add: (column, row, count, out) => {
      for (const part of scaled) part.add(column, row, count, out);
    },
  };
}

/** Where exactly one of two 0-to-1 textures is 1: checks out of stripes. */
export function either(a: Texture, b: Texture): Texture {
  let own = new Float32Array(256);
  return through(a, (values, count, column, row) => {
    if (own.length < count) own = new Float32Array(count);
    own.fill(0, 0, count);
    b.add(column, row, count, own);
    for (let i = 0; i < count; i++) values[i] += own[i] - 2 * values[i] * own[i];
  });
}
