import { UserError } from '../../tensor/errors.js';
import type { ByteSource } from '../byte-source.js';
import type { NumberType } from '../number-types.js';

/** One image of a TIFF file, by its directory (TIFF 6.0, section 2). */
export interface TiffPage {
  /** Of the directory, bytes. */
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly type: NumberType | undefined;
  readonly compressed: boolean;
  /** What the samples are, by TIFF's number: 0 black on white, 1 white on black, 2 RGB, 3 places in a table of colours. */
  readonly photometric: number;
  /** Whether it is a smaller copy of another page. */
  readonly reduced: boolean;
  /** Where the first strip starts. */
  readonly firstStrip: number;
  readonly description: string;
}

export interface TiffPages {
  readonly little: boolean;
  readonly pages: readonly TiffPage[];
}

/** Bytes of a value of each field type of TIFF 6.0 and BigTIFF. */
const typeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const MOST_PAGES = 100_000;
const MOST_FIELDS = 4096;
const MOST_TEXT = 65_536;

interface Field {
  readonly type: number;
  readonly count: number;
  /** Where its values stand. */
  readonly at: number;
}

/**
 * The directories of a TIFF or BigTIFF file. Every length that they state is held against the size of the file.
 * @throws UserError when a directory is damaged, or they run in a circle
 */
export async function readTiffPages(source: ByteSource): Promise<TiffPages> {
  const { size, name } = source;
  const fail = (what: string) =>
    new UserError(`${name} is a TIFF file that is cut short or damaged: ${what}. Copy it again, or export it again as TIFF or NPY.`);
  const header = viewOf(await source.read(0, Math.min(16, size)));
  if (header.byteLength < 8) throw fail('it has no directory');
  const little = header.getUint8(0) === 0x49;
  const big = header.getUint16(2, little) === 43;
  if (big && header.byteLength < 16) throw fail('it has no directory');
  const pages: TiffPage[] = [];
  const seen = new Set<number>();
  const offsetOf = (view: DataView, at: number) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  for (let at = offsetOf(header, big ? 8 : 4); at !== 0; ) {
    if (seen.has(at)) throw fail('its directories run in a circle');
    if (pages.length === MOST_PAGES) throw fail(`it has more than ${MOST_PAGES} pages`);
    seen.add(at);
    const [counted, entry, pointer] = big ? [8, 20, 8] : [2, 12, 4];
    if (!(at + counted + pointer <= size)) throw fail('a directory lies beyond its end');
    const start = viewOf(await source.read(at, counted));
    const count = big ? Number(start.getBigUint64(0, little)) : start.getUint16(0, little);
    if (count > MOST_FIELDS || at + counted + count * entry + pointer > size) throw fail('a directory reaches beyond its end');
    const body = viewOf(await source.read(at + counted, count * entry + pointer));
    const fields = new Map<number, Field>();
    for (let k = 0; k < count; k++) {
      const place = k * entry;
      const type = body.getUint16(place + 2, little);
      const values = offsetOf(body, place + 4);
      const length = values * (typeSizes[type] ?? 0);
      if (!typeSizes[type]) throw fail(`a field has the unknown type ${type}`);
      const inside = length <= pointer;
      const where = inside ? at + counted + place + (big ? 12 : 8) : offsetOf(body, place + (big ? 12 : 8));
      if (!(where + length <= size)) throw fail('a field reaches beyond its end');
      fields.set(body.getUint16(place, little), { type, count: values, at: where });
    }
    pages.push(await pageOf(source, at, fields, little));
    at = offsetOf(body, count * entry);
  }
  if (pages.length === 0) throw fail('it has no page');
  return { little, pages };
}

async function pageOf(source: ByteSource, offset: number, fields: ReadonlyMap<number, Field>, little: boolean): Promise<TiffPage> {
  const value = async (tag: number, otherwise: number) => {
    const field = fields.get(tag);
    if (field === undefined || field.count < 1) return otherwise;
    const bytes = viewOf(await source.read(field.at, typeSizes[field.type]));
    if (field.type === 3) return bytes.getUint16(0, little);
    if (field.type === 4 || field.type === 13) return bytes.getUint32(0, little);
    if (field.type >= 16) return Number(bytes.getBigUint64(0, little));
    return field.type === 1 ? bytes.getUint8(0) : otherwise;
  };
  const text = fields.get(270);
  const description = text?.type === 2 ? new TextDecoder('latin1').decode(await source.read(text.at, Math.min(text.count, MOST_TEXT))) : '';
  const bits = await value(258, 1);
  return {
    offset,
    width: await value(256, 0),
    height: await value(257, 0),
    samples: await value(277, 1),
    type: numberType(await value(339, 1), bits),
    compressed: (await value(259, 1)) !== 1,
    photometric: await value(262, 1),
    reduced: ((await value(254, 0)) & 1) === 1,
    firstStrip: await value(273, 0),
    description: description.split('\0')[0],
  };
}

/** By TIFF's sample format (1 unsigned, 2 signed, 3 float, 4 undefined) and bits a sample. */
function numberType(format: number, bits: number): NumberType | undefined {
  if (format === 3) return ({ 16: 'f2', 32: 'f4', 64: 'f8' } as const)[bits];
  const width = bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : undefined;
  if (width === undefined || bits < 1 || (format === 2 && bits % 8 !== 0)) return undefined;
  return `${format === 2 ? 'i' : 'u'}${width}`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
