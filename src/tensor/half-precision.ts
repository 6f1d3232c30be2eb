/*
 * 16-bit floats, as bit patterns in a Uint16Array. (Float16Array is younger than the oldest Node served.)
 * F16: IEEE 754 binary16. BF16: the upper half of a float32. Both round to nearest, ties to even.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/* Plain loops: `from` with a function takes a microsecond a number, and a model has hundreds of millions. */

export function float16ToFloat32(halves: Uint16Array): Float32Array {
  wide ??= new Float32Array(65536).map((_, h) => widen(h));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = wide[halves[i]];
  return values;
}

/** Every F16 as float32; made when first wanted. */
let wide: Float32Array | undefined;

function widen(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >>> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Magnitudes that round beyond 65504 become infinite, as the standard has it. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = narrow(values[i]);
  return halves;
}

function narrow(value: number): number {
  float[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24); // 1024 of these steps is the smallest normal: the carry is right
  // The exponent's bias goes from 127 to 15; a fraction that rounds up to 1024 carries into the exponent, which is again right.
  const rebiased = (bits[0] & 0x7fffffff) - (112 << 23);
  return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
}

export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
  return new Float32Array(words.buffer);
}

export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i];
    halves[i] = Number.isNaN(values[i])
      ? (bits[0] >>> 16) | 0x40 // keep it a NaN: rounding could carry it to zero
      : (bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) >>> 16;
  }
  return halves;
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
