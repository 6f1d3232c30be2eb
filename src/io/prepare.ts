import { UserError } from '../tensor/errors.js';
import { clampToImage, reshapeTensor, type Tensor, tensor } from '../tensor/tensor.js';
import type { Picture, PictureSource } from './picture.js';
import { resize } from './resize.js';

export interface PrepareOptions {
  /** Channels the model takes. */
  readonly channels: 1 | 3;
  /** [height, width] the model takes, default [256, 256]; `native` keeps the file's own. */
  readonly size?: readonly [height: number, width: number] | 'native';
  /** Whether another size is resized (default) or refused. */
  readonly resize?: boolean;
}

/** An image ready for a model. */
export interface PreparedImage {
  /** [1, C, H, W] in [-1, 1]. */
  readonly tensor: Tensor;
  /** What was changed or assumed on the way, one sentence each, for the user to read. */
  readonly notices: readonly string[];
  /** Size of a (square) pixel of `tensor`, cm, where the file states it. */
  readonly pixelSizeCm?: number;
  readonly kind: 'photo' | 'ct';
  readonly source: PictureSource;
}

/**
 * Bring a picture to the channels and size a model takes. Transparent pixels are laid over black.
 * Size: a photo is cut at the centre to the model's proportions, then resized (bicubic); a CT is never cut but fitted whole, air around it
 * where it is not square, and shrunk by area means, which keep line integrals. Pixels that are not square become so. Channels: colour
 * becomes grey by Rec. 601 luma (0.299, 0.587, 0.114); grey is repeated for three channels.
 * @throws UserError when the size differs and `resize` is false
 */
export function prepare(picture: Picture, options: PrepareOptions, name = 'the image'): PreparedImage {
  const opaque = overBlack(picture, name);
  const recoloured = withChannels(opaque.pixels, options.channels);
  const notices = [...opaque.notices];
  if (recoloured.changed) {
    notices.push(
      options.channels === 1
        ? `${name} is in colour; it was converted to grey (Rec. 601 luma) for a model of one channel.`
        : `${name} is grey; it was repeated over three channels.`,
    );
  }
  const [, height, width] = recoloured.pixels.shape;
  const [rowsCm, columnsCm] = picture.pixelSizeCm ?? [undefined, undefined];
  const square = rowsCm === columnsCm || Math.abs((rowsCm as number) / (columnsCm as number) - 1) < 1e-3;
  const native = square ? ([height, width] as const) : squarePixels(picture);
  const size = options.size === 'native' ? native : (options.size ?? ([256, 256] as const));
  const base = { kind: picture.kind, source: picture.source };
  if (height === size[0] && width === size[1] && square) {
    return {
      ...base,
      tensor: reshapeTensor(recoloured.pixels, [1, options.channels, height, width]),
      notices,
      pixelSizeCm: rowsCm,
    };
  }
  const sizes = `${width} x ${height} pixels${square ? '' : ' that are not square'}`;
  if (options.resize === false)
    throw new UserError(
      `${name} has ${sizes}, the model takes ${size[1]} x ${size[0]}, and resizing was switched off. Allow resizing, or bring the image to that size first.`,
    );
  const fitted = fitCentred(recoloured.pixels, picture.pixelSizeCm ?? [1, 1], size, picture.kind);
  notices.push(`${name} has ${sizes}; it was ${fitted.what}resized to ${size[1]} x ${size[0]}.`);
  return {
    ...base,
    tensor: reshapeTensor(fitted.pixels, [1, ...fitted.pixels.shape]),
    notices,
    pixelSizeCm: picture.pixelSizeCm && fitted.pixelSize,
  };
}

/** Rows and columns of a picture whose pixels are not square, with square ones of their shorter side; of a CT as many of both. */
function squarePixels({ pixels: { shape }, pixelSizeCm, kind }: Picture): readonly [number, number] {
  const shorter = Math.min(...pixelSizeCm!);
  const [rows, columns] = [0, 1].map((axis) => Math.max(1, Math.round((shape[axis + 1] * pixelSizeCm![axis]) / shorter)));
  return kind === 'ct' ? [Math.max(rows, columns), Math.max(rows, columns)] : [rows, columns];
}

/** A picture without alpha: transparent pixels laid over black, with a notice that says so. An opaque one is returned as it is. */
export function overBlack(picture: Picture, name = 'the image'): Picture {
  const { alpha, ...rest } = picture;
  if (alpha === undefined) return picture;
  const pixels = tensor(
    rest.pixels.shape,
    rest.pixels.data.map((x, i) => (x + 1) * alpha.data[i % alpha.data.length] - 1),
  );
  return { ...rest, pixels, notices: [...rest.notices, `${name} has transparent pixels; they were laid over black.`] };
}

/** [C, H, W] as grey [H, W]: colour by Rec. 601 luma (0.299, 0.587, 0.114). */
export function luma(x: Tensor): Tensor {
  return reshapeTensor(withChannels(x, 1).pixels, x.shape.slice(1));
}

/** [C, H, W] with another number of channels; `changed` says whether a viewer would notice (grey stored as RGB is not a change). */
function withChannels(x: Tensor, channels: 1 | 3): { pixels: Tensor; changed: boolean } {
  const [from, height, width] = x.shape;
  if (from === channels) return { pixels: x, changed: false };
  const n = height * width;
  const out = tensor([channels, height, width]);
  if (channels === 3) {
    for (let c = 0; c < 3; c++) out.data.set(x.data, c * n);
    return { pixels: out, changed: true };
  }
  let changed = false;
  for (let i = 0; i < n; i++) {
    const [r, g, b] = [x.data[i], x.data[n + i], x.data[2 * n + i]];
    const grey = r === g && g === b;
    changed ||= !grey;
    out.data[i] = grey ? r : 0.299 * r + 0.587 * g + 0.114 * b;
  }
  return { pixels: out, changed };
}

/** Cut (photo) or pad (CT) about the centre and resize to `size`; lengths are in the unit of `spacing`. */
function fitCentred(
  x: Tensor,
  spacing: readonly [number, number],
  size: readonly [number, number],
  kind: Picture['kind'],
): { pixels: Tensor; pixelSize: number; what: string } {
  const lengths = [x.shape[1], x.shape[2]];
  const ratios = lengths.map((n, axis) => (n * spacing[axis]) / size[axis]); // size of a new pixel if this axis just fits
  const pixelSize = kind === 'ct' ? Math.max(...ratios) : Math.min(...ratios);
  const part = lengths.map((n, axis) => Math.max(1, Math.min(n, Math.round((size[axis] * pixelSize) / spacing[axis]))));
  const whole = size.map((n, axis) => Math.max(1, Math.min(n, Math.round((lengths[axis] * spacing[axis]) / pixelSize))));
  const cut = centre(x, [part[0], part[1]], 0);
  const shrinks = pixelSize >= Math.max(...spacing);
  const sized = resize(cut, [whole[0], whole[1]], kind === 'ct' && shrinks ? 'area' : 'bicubic');
  const clipped = tensor(sized.shape, sized.data.map(clampToImage)); // bicubic overshoots at edges
  const isCut = part.some((n, axis) => n < lengths[axis]);
  const isPadded = whole.some((n, axis) => n < size[axis]);
  return { pixels: centre(clipped, size, -1), pixelSize, what: isCut ? 'cut at the centre and ' : isPadded ? 'padded with air and ' : '' };
}

/** The centre of [C, H, W], cut or filled up to `size`. */
function centre(x: Tensor, size: readonly [number, number], fill: number): Tensor {
  const [channels, height, width] = x.shape;
  if (height === size[0] && width === size[1]) return x;
  const top = Math.trunc((height - size[0]) / 2);
  const left = Math.trunc((width - size[1]) / 2);
  const out = tensor([channels, ...size]);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let row = top; row < top + size[0]; row++) {
      for (let column = left; column < left + size[1]; column++, i++) {
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        out.data[i] = inside ? x.data[(c * height + row) * width + column] : fill;
      }
    }
  }
  return out;
}
