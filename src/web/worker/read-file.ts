import { parseJson } from '../../io/checked.js';
import { formatOf, isRaster, readableFormats } from '../../io/formats/index.js';
import { observedFromAlpha, type Picture, pictureFromSamples, prepare } from '../../io/index.js';
import { parseGeometry } from '../../operators/index.js';
import { workingSize } from '../../studio/working-size.js';
import { UserError } from '../../tensor/errors.js';
import { reshapeTensor, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Opened, Stack, Wish } from '../backend/backend.js';
import { pictureSize } from './picture-size.js';
import { forThePage } from './sentence.js';

/** A picture of more pixels is not decoded: it would take the memory of the tab. */
const MOST_PIXELS = 60e6;
const MOST_BYTES = 400e6;

/** What this browser does not read, a studio's server may. */
export class UnreadError extends UserError {}

type FileWish = Extract<Wish, { files: unknown }>;

/** An image, or a sinogram with its geometry. @throws UserError in one paragraph for anything else */
export async function openFiles(wish: FileWish): Promise<Opened> {
  const { files, side, as } = wish;
  const [first] = files;
  if (first === undefined) throw new UserError('No file was chosen. Drop a picture, a DICOM slice, or a sinogram with its geometry.');
  const json = files.find(isJson);
  if (json !== undefined) return openSinogram(wish, json);
  const { picture, name, notice, stack } = await pictureOf(wish);
  const ct = as === undefined ? picture.kind === 'ct' : as === 'ct';
  const size = workingSize(picture, ct, side);
  const { tensor: image, notices, pixelSizeCm } = prepare(picture, { channels: ct ? 1 : 3, size }, name);
  const opaque = picture.alpha && (await opaqueAt(picture, size));
  return {
    source: { kind: 'image', name, image, ct, ...(pixelSizeCm && { pixelSizeCm }), ...(opaque && { opaque }) },
    notices: [...(notice ? [notice] : []), ...notices].map(forThePage),
    ...(stack && { stack }),
  };
}

interface Found {
  readonly picture: Picture;
  readonly name: string;
  readonly stack?: Stack;
  /** That not all files are used. */
  readonly notice?: string;
}

async function pictureOf({ files, cut }: FileWish): Promise<Found> {
  const [first] = files;
  const told = (name: string, used = 1) => (files.length > used ? { notice: `Of the ${files.length} files, ${name} is used.` } : {});
  const format = formatOf(new Uint8Array(await first.slice(0, 132).arrayBuffer()));
  const plain = format !== undefined && isRaster(format) && format.name !== 'tiff';
  if (!plain || files.length > 1) {
    const { mainOf, readArrayPicture } = await import('./read-arrays.js');
    const main = await mainOf(files);
    const found = main && (await readArrayPicture(files, main, cut));
    if (found) return { ...found, name: main.file.name, ...told(main.file.name, found.used) };
  }
  return { picture: await readPicture(first), name: first.name, ...told(first.name) };
}

/** The picture of a file. @throws UserError */
export async function readPicture(file: File): Promise<Picture> {
  const { name } = file;
  if (file.size > MOST_BYTES)
    throw new UserError(`${name} has ${Math.round(file.size / 1e6)} MB, which is more than a page can hold. Give a smaller file.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = formatOf(bytes);
  if (format === undefined)
    throw new UnreadError(
      `${name} is not an image that can be read: by its content it is no ${readableFormats} file. Convert it to PNG or JPEG, or choose another.`,
    );
  if (!isRaster(format)) return format.read(bytes, name);
  const size = pictureSize(bytes);
  if (size !== undefined && size[0] * size[1] > MOST_PIXELS)
    throw new UserError(
      `${name} has ${size[0]} x ${size[1]} pixels, more than this page can hold. Make it smaller first: 60 million are the most.`,
    );
  if ((format.frames?.(bytes) ?? 1) > 1)
    throw new UserError(`${name} is an animation, and a single image is needed. Extract one frame and save it as PNG.`);
  const { data, width, height } = await decode(file, format.title);
  return pictureFromSamples(data, width, height, 4, format.name);
}

async function decode(file: File, title: string): Promise<ImageData> {
  const bitmap = await createImageBitmap(file, { premultiplyAlpha: 'none' }).catch(() => {
    throw new UnreadError(
      `${file.name} is a ${title} file that this browser cannot decode: it is cut short, damaged, or of a kind that browsers do not know. Convert it to PNG.`,
    );
  });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null)
    throw new UserError(
      `There is no memory here for the ${bitmap.width} x ${bitmap.height} pixels of ${file.name}. Give a smaller picture.`,
    );
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** What is opaque of a picture, `[H, W]` at the size it is prepared to. */
async function opaqueAt(picture: Picture, size: readonly [number, number]): Promise<Tensor> {
  const { alpha, ...plain } = picture;
  const shape = alpha!.shape;
  const pixels = tensor(
    [1, ...shape],
    alpha!.data.map((a) => 2 * a - 1),
  );
  const scaled = prepare({ ...plain, notices: [], pixels }, { channels: 1, size }).tensor;
  const opacity = reshapeTensor(scaled, size);
  return observedFromAlpha({
    ...plain,
    pixels: scaled,
    alpha: tensor(
      opacity.shape,
      opacity.data.map((a) => (a + 1) / 2),
    ),
  });
}

async function openSinogram({ files, cut }: FileWish, json: File): Promise<Opened> {
  const others = files.filter((file) => file !== json);
  if (others.length === 0) throw new UserError(`${json.name} alone is no measurement. Drop the sinogram and its geometry (JSON) together.`);
  const { mainOf, readArraySinogram } = await import('./read-arrays.js');
  const main = await mainOf(others);
  if (main === undefined)
    throw new UserError(
      `${others[0].name} holds no numbers that can be read. Beside a geometry a sinogram [views, bins] is needed, such as numpy.save writes it.`,
    );
  const geometry = parseGeometry(
    parseJson(await json.text(), json.name, 'Correct it; geometry.json of any run shows the form.'),
    json.name,
  );
  if (Math.max(...geometry.size) > 512)
    throw new UserError(`${json.name} asks for an image of ${geometry.size.join(' x ')}; this page makes 512 x 512 at most.`);
  const { y, stack } = await readArraySinogram(others, main, geometry, cut);
  return { source: { kind: 'sinogram', name: main.file.name, y, geometry }, notices: [], stack };
}

function isJson({ name, type }: File): boolean {
  return type === 'application/json' || name.toLowerCase().endsWith('.json');
}
