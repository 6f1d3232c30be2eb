import { UserError } from '../../tensor/errors.js';
import { CodecError } from './codec-error.js';
import type { DecodedFrame } from './jpeg.js';

/** OpenJPEG, and what it complains of, gathered. */
interface Library {
  readonly Decoder: new () => CodecDecoder;
  readonly complaints: string[];
}

/** OpenJPEG's own start. */
export type OpenJpeg = typeof import('@cornerstonejs/codec-openjpeg/decode').default;

let start: (() => Promise<OpenJpeg>) | undefined;

/** Gives the library: Node does (`io/node/open-jpeg.ts`); its script names modules of Node, with which no page can be bundled. */
export function provideOpenJpeg(load: () => Promise<OpenJpeg>): void {
  start = load;
}

/** Kept until it stops for good: the next is made anew then. */
let kept: Promise<Library> | undefined;

async function load(): Promise<Library> {
  const complaints: string[] = [];
  if (start === undefined)
    throw new UserError(
      "This DICOM file is packed by JPEG 2000, which is unpacked in Node alone, not in a browser. Let the studio's server read it, or export it without compression.",
    );
  const open = await start();
  const { J2KDecoder } = await open({ print: () => {}, printErr: (text) => void complaints.push(text) });
  return { Decoder: J2KDecoder, complaints };
}

/**
 * Unpack a grey JPEG 2000 (ITU-T T.800) by OpenJPEG, which is loaded when the first such frame comes.
 * @param pixels that are expected; a header that states others is refused before room is made
 * @throws CodecError when it is damaged, or in colour
 */
export async function decodeJpeg2000(bytes: Uint8Array, pixels: number): Promise<DecodedFrame> {
  checkSize(bytes, pixels);
  kept ??= load();
  const { Decoder, complaints } = await kept.catch((error) => {
    kept = undefined;
    throw error;
  });
  complaints.length = 0;
  const decoder = new Decoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, bitsPerSample: precision, componentCount } = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const wide = precision > 8;
    if (componentCount !== 1) throw new CodecError(`it has ${componentCount} components, and one is read`);
    if (precision < 1 || precision > 16) throw new CodecError(`it has ${precision} bits a sample`);
    if (width * height !== pixels || decoded.length !== pixels * (wide ? 2 : 1)) throw new CodecError(`it has ${width} x ${height} pixels`);
    const error = complaints.find((text) => /error|truncated|too short/i.test(text));
    if (error !== undefined) throw new CodecError(plain(error));
    const copy = Uint8Array.from(decoded);
    return { width, height, precision, samples: wide ? new Uint16Array(copy.buffer) : Uint16Array.from(copy) };
  } catch (cause) {
    if (cause instanceof CodecError) throw cause;
    // C++ exceptions come as numbers; anything else has stopped the library
    if (typeof cause !== 'number') kept = undefined;
    throw new CodecError(plain(complaints[0] ?? (cause instanceof Error ? cause.message : 'the decoder gives no reason')), { cause });
  } finally {
    try {
      decoder.delete();
    } catch {
      kept = undefined;
    }
  }
}

/** The tile of a frame may be smaller than it, but no file of use has more tiles than this. */
const MOST_TILES = 4096;

/** Reads the sizes that the stream states (SIZ, T.800 A.5.1), so that no room is made for what is not expected. */
function checkSize(bytes: Uint8Array, pixels: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 40 <= bytes.length; at++) {
    if (view.getUint16(at) !== 0xff51) continue;
    const [width, height, left, top, tileWidth, tileHeight] = [6, 10, 14, 18, 22, 26].map((place) => view.getUint32(at + place));
    if ((width - left) * (height - top) !== pixels) throw new CodecError(`it has ${width - left} x ${height - top} pixels`);
    if (view.getUint16(at + 38) !== 1) throw new CodecError('it has several components');
    if (!(tileWidth > 0 && tileHeight > 0 && Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight) <= MOST_TILES))
      throw new CodecError('it has too many tiles');
    return;
  }
  throw new CodecError('its size is missing');
}

function plain(complaint: string): string {
  return complaint.replace(/^\[\w+\]\s*/, '').trim();
}
