import dicomParser, { type DataSet } from 'dicom-parser';
import { UserError } from '../tensor/errors.js';
import { bytesSource } from './byte-source.js';
import { bareSyntax, hasPreamble } from './dicom-signature.js';
import { deflated, explicitLittle } from './dicom-syntax.js';
import { inflateAll } from './inflated-source.js';

const PREAMBLE = 128;
/** The most that a deflated file may become. */
const MOST_UNPACKED = 2 ** 30;

/** A file's elements, and the bytes that they point into. */
export interface OpenedDicom {
  readonly bytes: Uint8Array;
  readonly dataSet: DataSet;
  readonly syntax: string;
}

/**
 * Read the elements of a DICOM file: with its preamble and header (PS3.10) or without, deflated or not.
 * @throws UserError when the bytes are no DICOM file, or are cut short
 */
export async function openDicomBytes(given: Uint8Array, name: string): Promise<OpenedDicom> {
  const cut = (detail: string, cause?: unknown) => damagedDicom(name, detail, cause);
  const bytes = withHeader(given, name);
  const syntax = transferSyntaxOf(bytes, (cause) => cut('its header cannot be read', cause));
  const whole = syntax === deflated ? await inflated(bytes, name, cut) : bytes;
  return { bytes: whole, dataSet: parseAll(whole, (cause) => cut('its elements cannot be read to the end', cause)), syntax };
}

export function damagedDicom(name: string, detail: string, cause?: unknown): UserError {
  return new UserError(`${name} is a DICOM file that is cut short or damaged: ${detail}. Copy or export it again.`, { cause });
}

/** The file with the preamble and header that it may lack. */
function withHeader(bytes: Uint8Array, name: string): Uint8Array {
  if (hasPreamble(bytes)) return bytes;
  const syntax = bareSyntax(bytes);
  if (syntax === undefined)
    throw new UserError(
      `${name} is not a DICOM file: the letters DICM are missing after its preamble, and it does not start with an image's elements. Export it again from the archive or the scanner's console.`,
    );
  const header = syntax === 'stated' ? new Uint8Array() : metaHeader(syntax);
  const whole = new Uint8Array(PREAMBLE + 4 + header.length + bytes.length);
  whole.set([0x44, 0x49, 0x43, 0x4d], PREAMBLE);
  whole.set(header, PREAMBLE + 4);
  whole.set(bytes, PREAMBLE + 4 + header.length);
  return whole;
}

/** Group 2 with nothing but the transfer syntax. */
function metaHeader(syntax: string): Uint8Array {
  const text = new TextEncoder().encode(syntax.length % 2 ? `${syntax}\0` : syntax);
  const length = 8 + text.length;
  return Uint8Array.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, length, 0, 0, 0, 2, 0, 0x10, 0, 0x55, 0x49, text.length, 0, ...text]);
}

/** The file with its elements unpacked; its header, which never is packed, states plain ones then. */
async function inflated(bytes: Uint8Array, name: string, cut: (detail: string, cause?: unknown) => UserError): Promise<Uint8Array> {
  let start: number;
  try {
    start = (dicomParser.readPart10Header(bytes) as unknown as { position: number }).position;
  } catch (cause) {
    throw cut('its header cannot be read', cause);
  }
  const packed = { offset: start, length: bytes.length - start, format: 'deflate-raw' } as const;
  const body = await inflateAll(bytesSource(bytes, name), packed, MOST_UNPACKED);
  return withHeader(Uint8Array.from([...metaHeader(explicitLittle), ...body]), name);
}

function transferSyntaxOf(bytes: Uint8Array, fail: (cause: unknown) => UserError): string {
  try {
    const syntax = dicomParser.readPart10Header(bytes).string('x00020010');
    if (syntax) return syntax;
  } catch (error) {
    throw fail(error);
  }
  throw fail(undefined);
}

function parseAll(bytes: Uint8Array, fail: (cause: unknown) => UserError): DataSet {
  try {
    return dicomParser.parseDicom(bytes);
  } catch (error) {
    // The parser hands over what it read before it failed; with the pixels among it the image may still be whole.
    const partial = (error as { dataSet?: DataSet }).dataSet;
    if (partial?.elements.x7fe00010) return partial;
    throw fail(error);
  }
}
