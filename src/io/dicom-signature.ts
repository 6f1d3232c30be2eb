import { explicitBig, explicitLittle, implicitLittle } from './dicom-syntax.js';

/** Whether the bytes start as a DICOM file does: "DICM" after a preamble of 128 bytes, or with the first elements of an image. */
export function isDicom(bytes: Uint8Array): boolean {
  return hasPreamble(bytes) || bareSyntax(bytes) !== undefined;
}

/** Whether "DICM" stands after a preamble. */
export function hasPreamble(bytes: Uint8Array): boolean {
  return bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
}

/**
 * The transfer syntax of a file that starts with its elements, as old ones do (ACR-NEMA, and what some archives send): by the first, of
 * group 8, or of group 2, which states the syntax itself.
 */
export function bareSyntax(bytes: Uint8Array): 'stated' | typeof explicitLittle | typeof implicitLittle | typeof explicitBig | undefined {
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [group, element] = [view.getUint16(0, true), view.getUint16(2, true)];
  const vr = String.fromCharCode(bytes[4], bytes[5]);
  if (group === 2 && element === 0 && vr === 'UL') return 'stated';
  // the elements that may come first, and the types that they have: UL, CS, UI, DA, LO
  if (group === 8 && element <= 0x18) {
    if (/^(UL|CS|UI|DA|LO|SH)$/.test(vr)) return explicitLittle;
    const length = view.getUint32(4, true);
    return length > 0 && length <= 64 && length % 2 === 0 ? implicitLittle : undefined;
  }
  return view.getUint16(0) === 8 && view.getUint16(2) <= 0x18 && /^(UL|CS|UI|DA|LO|SH)$/.test(vr) ? explicitBig : undefined;
}
