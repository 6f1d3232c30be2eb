/** A page of a TIFF file for tests. */
export interface TiffPageBytes {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 float. */
  readonly format: 1 | 2 | 3;
  readonly samples?: number;
  /** The strips, packed where `compression` says so. */
  readonly strips: readonly Uint8Array[];
  readonly rowsPerStrip?: number;
  readonly compression?: number;
  readonly predictor?: number;
  readonly description?: string;
  readonly reduced?: boolean;
}

/** A little-endian TIFF 6.0 file. */
export function tiffBytes(pages: readonly TiffPageBytes[]): Uint8Array {
  const bytes: number[] = [0x49, 0x49, 42, 0, 0, 0, 0, 0];
  const put32 = (at: number, value: number) => {
    for (let k = 0; k < 4; k++) bytes[at + k] = (value >>> (8 * k)) & 255;
  };
  const append = (data: Iterable<number>) => {
    if (bytes.length % 2) bytes.push(0);
    const at = bytes.length;
    for (const byte of data) bytes.push(byte);
    return at;
  };
  const longs = (values: readonly number[]) => values.flatMap((n) => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24]);
  let pointer = 4;
  for (const page of pages) {
    const { samples = 1, strips, description } = page;
    const offsets = strips.map((strip) => append(strip));
    const list = (values: readonly number[]) => (values.length === 1 ? values[0] : append(longs(values)));
    const shorts = (value: number) =>
      samples <= 2
        ? value | (samples === 2 ? value << 16 : 0)
        : append(new Array(samples).fill(0).flatMap(() => [value & 255, value >> 8]));
    const text = description === undefined ? undefined : [...new TextEncoder().encode(`${description}\0`)];
    const fields: [tag: number, type: number, count: number, value: number][] = [
      [254, 4, 1, page.reduced ? 1 : 0],
      [256, 4, 1, page.width],
      [257, 4, 1, page.height],
      [258, 3, samples, shorts(page.bits)],
      [259, 3, 1, page.compression ?? 1],
      [262, 3, 1, samples >= 3 ? 2 : 1],
      ...(text ? [[270, 2, text.length, append(text)] as [number, number, number, number]] : []),
      [273, 4, strips.length, list(offsets)],
      [277, 3, 1, samples],
      [278, 4, 1, page.rowsPerStrip ?? page.height],
      [279, 4, strips.length, list(strips.map((strip) => strip.length))],
      [317, 3, 1, page.predictor ?? 1],
      [339, 3, samples, shorts(page.format)],
    ];
    const at = append([fields.length, 0]);
    put32(pointer, at);
    for (const [tag, type, count, value] of fields)
      for (const part of [tag & 255, tag >> 8, type, 0, ...longs([count, value])]) bytes.push(part);
    pointer = bytes.length;
    bytes.push(0, 0, 0, 0);
  }
  return Uint8Array.from(bytes);
}
