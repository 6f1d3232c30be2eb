import type { GeoTIFF, GeoTIFFImage } from 'geotiff';
import { UserError } from '../../tensor/errors.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { ByteSource } from '../byte-source.js';
import { tiff as raster } from '../formats/tiff.js';
import { MAX_RATIO } from '../inflated-source.js';
import { bytesOf, type Numbers, numbersFor } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFormat } from './array-format.js';
import { type ArrayMeaning, type NumericArray, numericArray } from './numeric-array.js';
import { rawArray } from './raw-array.js';
import { readTiffPages, type TiffPage } from './tiff-pages.js';

/** The samples of a TIFF as numbers: 1 to 32 bits and floats, one page or a stack, in strips or tiles, packed or not. */
export const tiff: ArrayFormat = {
  name: 'tiff',
  title: 'TIFF',
  extensions: ['.tif', '.tiff'],
  is: raster.is,
  async open(source) {
    const { little, pages } = await readTiffPages(source);
    const { GeoTIFF, GeoTIFFImage } = await import('geotiff');
    const library = await GeoTIFF.fromSource(within(source) as unknown as Parameters<typeof GeoTIFF.fromSource>[0]).catch((error) => {
      throw damaged(source, error);
    });
    const open: OpenPage = async (page) => {
      const directory = await library.parser.parseFileDirectoryAt(page.offset);
      return new GeoTIFFImage(directory, little, false, library.source);
    };
    const groups = new Map<string, TiffPage[]>();
    for (const page of pages.filter(({ reduced }) => !reduced || pages.length === 1)) {
      const kind = [page.width, page.height, page.samples, page.type].join();
      if (!groups.get(kind)?.push(page)) groups.set(kind, [page]);
    }
    const arrays: NumericArray[] = [];
    let refused: UserError | undefined;
    for (const group of groups.values()) {
      const name = groups.size === 1 ? '' : `page${pages.indexOf(group[0])}`;
      try {
        arrays.push(stackOf(source, name, group, little, open));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused = error;
      }
    }
    if (arrays.length === 0) throw refused ?? damaged(source, 'it has no page');
    const [{ description }] = pages;
    const texts: Record<string, string> = description === '' ? {} : { description: printable(description) };
    return { format: 'TIFF', name: source.name, arrays, texts, close: () => source.close() };
  },
};

type OpenPage = (page: TiffPage) => Promise<GeoTIFFImage>;

/** Pages of one size and type as [pages, rows, columns], or [rows, columns] of one page; with several samples a pixel these come last. */
function stackOf(source: ByteSource, name: string, pages: readonly TiffPage[], little: boolean, open: OpenPage): NumericArray {
  const [first] = pages;
  const { width, height, samples, type } = first;
  if (type === undefined)
    throw new UserError(`${source.name} is a TIFF file of a rare number type. Convert it to 8 or 16 bits, to float32, or to NPY.`);
  const plane = [height, width, ...(samples > 1 ? [samples] : [])];
  const bytes = sizeOf(plane) * bytesOf(type);
  // deflate, the tightest of the usual ways, cannot pack more tightly; and JPEG's blocks of one colour not much more
  if (!(bytes > 0 && bytes <= 2 * MAX_RATIO * source.size) || samples > 64)
    throw damaged(source, `it states ${width} x ${height} pixels of ${samples} samples`);
  const imagej = imageJ(first.description);
  if (pages.length === 1 && imagej.images > 1 && !first.compressed && samples === 1)
    // ImageJ's large stacks have one directory, and the pages one after another
    return rawArray(source, { shape: [imagej.images, height, width], type, little, offset: first.firstStrip }, name, imagej.about);
  const shape = pages.length === 1 ? plane : [pages.length, ...plane];
  const lead = pages.length === 1 ? 0 : 1;
  const about = lead === 1 ? imagej.about : {};
  const read = async (start: readonly number[], count: readonly number[]): Promise<Numbers> => {
    const out = numbersFor(type, sizeOf(count));
    const [top, left] = start.slice(lead);
    const [rows, columns] = count.slice(lead);
    const each = out.length / (lead ? count[0] : 1);
    for (let k = 0; k < (lead ? count[0] : 1); k++) {
      const window = [left, top, left + columns, top + rows];
      const wanted = samples > 1 ? Array.from({ length: count[lead + 2] }, (_, c) => start[lead + 2] + c) : [0];
      try {
        const page = await open(pages[lead ? start[0] + k : 0]);
        out.set(await page.readRasters({ window, samples: wanted, interleave: true }), k * each);
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw damaged(source, error);
      }
    }
    return out;
  };
  return numericArray({ name, shape, type, about, read });
}

/** What ImageJ writes into the description: how many images a large file has, and the spacing where its unit is a length. */
function imageJ(description: string): { images: number; about: ArrayMeaning } {
  if (!description.startsWith('ImageJ=')) return { images: 1, about: {} };
  const stated = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(description)?.[1].trim();
  const images = Number(stated('images') ?? 1);
  const centimetres = { mm: 0.1, cm: 1, micron: 1e-4, um: 1e-4, '\\u00B5m': 1e-4 }[stated('unit') ?? ''];
  const spacing = Number(stated('spacing'));
  const between = centimetres !== undefined && spacing > 0 ? spacing * centimetres : undefined;
  return {
    images: Number.isSafeInteger(images) && images > 0 ? images : 1,
    about: { axes: ['page', 'y', 'x'], ...(between && { spacingCm: [between, undefined, undefined] }) },
  };
}

/** What the library reads from: what lies beyond the end is left out, as it expects. */
function within(source: ByteSource): Pick<GeoTIFF['source'], 'fetch'> {
  return {
    fetch: (slices) =>
      Promise.all(
        slices.map(async ({ offset, length }) => {
          if (!(offset >= 0 && offset <= source.size && length >= 0)) throw new Error('a part lies beyond its end');
          return (await source.read(offset, Math.min(length, source.size - offset))).buffer;
        }),
      ),
  };
}

function damaged({ name }: ByteSource, cause: unknown): UserError {
  const reason = typeof cause === 'string' ? cause : printable(String((cause as Error)?.message ?? cause)).split('\n')[0];
  return new UserError(
    `${name} is a TIFF file whose samples cannot be read (${reason.replace(/\.$/, '')}): it is cut short, damaged, or packed in a rare way. Export it again, unpacked, or as NPY.`,
    { cause },
  );
}
