/** Where the coefficients of a block stand, in the order in which they are coded (ITU-T T.81, figure A.6). */
export const zigzag: Uint8Array = zigzagOrder();

function zigzagOrder(): Uint8Array {
  const order = Array.from({ length: 64 }, (_, place) => place);
  const diagonal = (place: number) => (place >> 3) + (place & 7);
  // up and to the right along even diagonals, down and to the left along odd ones
  const along = (place: number) => (diagonal(place) % 2 === 0 ? place & 7 : place >> 3);
  return Uint8Array.from(order.sort((a, b) => diagonal(a) - diagonal(b) || along(a) - along(b)));
}

/** cos((2x + 1) u pi / 16) times the weight of the cosine u, at [8 x + u]. */
const cosines = Float64Array.from({ length: 64 }, (_, k) => {
  const [x, u] = [k >> 3, k & 7];
  return 0.5 * (u === 0 ? Math.SQRT1_2 : 1) * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

/** From cosines to values, in place (T.81, A.3.3). @param block [8, 8] */
export function inverseDct(block: Float32Array): void {
  const rows = new Float64Array(64);
  for (let v = 0; v < 8; v++)
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += cosines[8 * x + u] * block[8 * v + u];
      rows[8 * v + x] = sum;
    }
  for (let x = 0; x < 8; x++)
    for (let y = 0; y < 8; y++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += cosines[8 * y + v] * rows[8 * v + x];
      block[8 * y + x] = sum;
    }
}
