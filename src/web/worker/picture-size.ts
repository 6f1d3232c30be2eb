/**
 * Width and height that a picture's header states, before anything is decoded: a file of a few bytes may claim 10^9 pixels.
 * Undefined for what is not PNG, JPEG, GIF or WebP, or states none.
 */
export function pictureSize(bytes: Uint8Array): readonly [width: number, height: number] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length = 4) => String.fromCharCode(...bytes.subarray(at, at + length));
  if (bytes.length < 30) return undefined;
  if (text(1, 3) === 'PNG') return [view.getUint32(16), view.getUint32(20)];
  if (text(0, 3) === 'GIF') return [view.getUint16(6, true), view.getUint16(8, true)];
  if (text(0) === 'RIFF' && text(8) === 'WEBP') return webpSize(view, text(12));
  return view.getUint16(0) === 0xffd8 ? jpegSize(view) : undefined;
}

function webpSize(view: DataView, chunk: string): readonly [number, number] | undefined {
  const uint24 = (at: number) => view.getUint16(at, true) + 65536 * view.getUint8(at + 2);
  if (chunk === 'VP8X') return [uint24(24) + 1, uint24(27) + 1];
  if (chunk === 'VP8 ') return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  if (chunk !== 'VP8L') return undefined;
  const packed = view.getUint32(21, true);
  return [(packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1];
}

/** The frame header (SOF) is one of the segments before the data. */
function jpegSize(view: DataView): readonly [number, number] | undefined {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
