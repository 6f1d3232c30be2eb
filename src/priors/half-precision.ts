/*
 * 16-bit floats, as bit patterns in a Uint16Array. (Float16Array is younger than the oldest Node served.)
 * F16: IEEE 754 binary16. BF16: the upper half of a float32. Both round to nearest, ties to even.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

export function float16ToFloat32(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (h) => {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >>> 10) & 31;
    const fraction = h & 1023;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

/** Magnitudes that round beyond 65504 become infinite, as the standard has it. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    float[0] = value;
    const sign = (bits[0] >>> 16) & 0x8000;
    const magnitude = Math.abs(value);
    if (Number.isNaN(value)) return sign | 0x7e00;
    if (magnitude >= 65520) return sign | 0x7c00;
    if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24); // 1024 of these steps is the smallest normal: the carry is right
    const exponent = ((bits[0] >>> 23) & 255) - 127;
    // A fraction that rounds up to 1024 carries into the exponent, which is again right.
    return sign | (((exponent + 15) << 10) + roundHalfEven((magnitude * 2 ** -exponent - 1) * 1024));
  });
}

export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const wide = Uint32Array.from(halves, (h) => h << 16);
  return new Float32Array(wide.buffer);
}

export function float32ToBfloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    float[0] = value;
    if (Number.isNaN(value)) return (bits[0] >>> 16) | 0x40; // keep it a NaN: rounding could carry it to zero
    return (bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) >>> 16;
  });
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
