import { CodecError } from './codec-error.js';
import type { DecodedFrame } from './jpeg.js';

/** A decoder that a library makes, kept until it fails: then it may be broken, and the next is made anew. */
interface Codec {
  readonly decoder: new () => CodecDecoder;
  /** What it complains of, gathered. */
  readonly complaints: string[];
}

const codecs = {
  'jpeg-ls': async (options: CodecOptions) => (await (await import('@cornerstonejs/codec-charls/decode')).default(options)).JpegLSDecoder,
  'jpeg-2000': async (options: CodecOptions) => (await (await import('@cornerstonejs/codec-openjpeg/decode')).default(options)).J2KDecoder,
};

const kept = new Map<keyof typeof codecs, Promise<Codec>>();

async function load(name: keyof typeof codecs): Promise<Codec> {
  const complaints: string[] = [];
  const decoder = await codecs[name]({ print: () => {}, printErr: (text) => void complaints.push(text) });
  return { decoder, complaints };
}

/**
 * Unpack JPEG-LS (by CharLS) or JPEG 2000 (by OpenJPEG), which are loaded when the first such frame comes.
 * @param pixels that are expected
 * @throws CodecError when it is damaged, or has other pixels
 */
export async function decodeByLibrary(name: keyof typeof codecs, bytes: Uint8Array, pixels: number): Promise<DecodedFrame> {
  checkSize(name, bytes, pixels);
  const codec = kept.get(name) ?? load(name);
  kept.set(name, codec);
  const { decoder: Decoder, complaints } = await codec;
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
    const [error] = complaints.filter((text) => /error|truncated|too short/i.test(text));
    if (error !== undefined) throw new CodecError(error.replace(/^\[\w+\]\s*/, '').trim());
    const copy = Uint8Array.from(decoded);
    const samples = wide ? new Uint16Array(copy.buffer) : Uint16Array.from(copy);
    decoder.delete();
    return { width, height, precision, samples };
  } catch (cause) {
    kept.delete(name);
    if (cause instanceof CodecError) throw cause;
    // C++ exceptions come as numbers
    const reason = complaints[0] ?? (cause instanceof Error ? cause.message : 'the decoder gives no reason');
    throw new CodecError(reason.replace(/^\[\w+\]\s*/, '').trim(), { cause });
  }
}

/** Reads the size that the packed frame states, so that no room is made for what is not expected. */
function checkSize(name: keyof typeof codecs, bytes: Uint8Array, pixels: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // SOF55 of JPEG-LS (ITU-T T.87, C.2.2); SIZ of JPEG 2000 (T.800, A.5.1): its marker follows that of the start, in a file or bare
  const marker = name === 'jpeg-ls' ? 0xfff7 : 0xff51;
  for (let at = 0; at + 24 <= bytes.length; at++) {
    if (view.getUint16(at) !== marker) continue;
    const sides = name === 'jpeg-ls' ? [view.getUint16(at + 5), view.getUint16(at + 7)] : grid(view, at);
    if (sides[0] * sides[1] !== pixels) throw new CodecError(`it has ${sides[1]} x ${sides[0]} pixels`);
    if (name === 'jpeg-2000' && (at + 40 > bytes.length || view.getUint16(at + 38) !== 1))
      throw new CodecError('it has several components');
    return;
  }
  throw new CodecError('its size is missing');
}

function grid(view: DataView, at: number): readonly [number, number] {
  const [width, height, left, top] = [6, 10, 14, 18].map((place) => view.getUint32(at + place));
  return [height - top, width - left];
}
