import { CodecError } from './codec-error.js';

/**
 * Unpack a frame of DICOM's run-length coding (PS3.5 annex G): one segment for each byte of a sample, the most significant first.
 * @returns samples of 1 or 2 bytes, little-endian
 * @throws CodecError when it is damaged
 */
export function decodeRle(bytes: Uint8Array, samples: number, bytesEach: 1 | 2): Uint8Array {
  if (bytes.length < 64) throw new CodecError('its header is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== bytesEach) throw new CodecError(`it has ${segments} segments in place of ${bytesEach}`);
  const out = new Uint8Array(samples * bytesEach);
  for (let k = 0; k < segments; k++) {
    const start = view.getUint32(4 + 4 * k, true);
    const end = k + 1 < segments ? view.getUint32(8 + 4 * k, true) : bytes.length;
    if (start < 64 || start > end || end > bytes.length) throw new CodecError('a segment lies beyond its end');
    unpack(bytes.subarray(start, end), out, bytesEach - 1 - k, bytesEach, samples);
  }
  return out;
}

/** PackBits: a count and so many bytes as they are, or one byte that is repeated. */
function unpack(bytes: Uint8Array, out: Uint8Array, first: number, step: number, samples: number): void {
  let done = 0;
  for (let at = 0; at < bytes.length && done < samples; ) {
    const code = bytes[at++];
    if (code === 128) continue;
    const count = Math.min(code < 128 ? code + 1 : 257 - code, samples - done);
    for (let k = 0; k < count; k++, done++) out[first + done * step] = bytes[code < 128 ? at + k : at] ?? 0;
    at += code < 128 ? code + 1 : 1;
    if (at > bytes.length) throw new CodecError('a run reaches beyond its segment');
  }
  if (done < samples) throw new CodecError('a segment is cut short');
}
