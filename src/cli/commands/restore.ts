import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { readKernel, readMask } from '../../experiments/node/sources/photo-source.js';
import { type Damaged, type Restoration, readDamaged, restoration } from '../../experiments/node/sources/restoration.js';
import type { Source } from '../../experiments/node/sources/source.js';
import { withUsualPrior } from '../../experiments/usual-prior.js';
import { observedFromAlpha, readableFormats, resize } from '../../io/index.js';
import { folderName, guardFile } from '../../io/node/guard.js';
import { encodePicture, ensureWritableFolder, formatOf, writeAtomically } from '../../io/node/index.js';
import { parseMask } from '../../operators/index.js';
import { channelsOf } from '../../priors/index.js';
import { UsageError } from '../../tensor/errors.js';
import { mapTensor, reshapeTensor, type Tensor } from '../../tensor/tensor.js';
import {
  count,
  examples,
  jsonFlag,
  machineFlags,
  nonNegative,
  type OutFlags,
  outFlags,
  positive,
  type SolverFlags,
  solverFlags,
  tileFlag,
} from '../flags.js';
import { print, runAndReport } from '../run-and-report.js';

interface RestoreFlags extends SolverFlags {
  readonly noise: number;
  readonly save?: string;
  readonly mask?: string;
  readonly kernel?: string;
}

/** `posteriori inpaint`: fill in what is missing from a picture. */
export function inpaintCommand(program: Command): void {
  const command = program
    .command('inpaint')
    .description('fill in missing parts of a picture: those that a mask shows, or that are transparent')
    .argument('<picture>', readableFormats)
    .option(
      '--mask <file>',
      'a picture of the same size, white where pixels are missing, or NPY of 1 (kept) and 0 (default: transparent pixels are)',
    )
    .option('--no-keep', 'reconstruct the other pixels too, up to the noise, in place of keeping them as they are');
  examples(command, [
    ['posteriori inpaint damaged.png --mask mask.png', 'what is white in the mask'],
    ['posteriori inpaint cut-out.png --save whole.jpg', 'what is transparent'],
  ]);
  restoring<{ mask?: string; keep: boolean }>(command, { what: 'inpainted' }, async (damaged, { mask, keep, noise }) => {
    const { picture, pixels, path } = damaged;
    const [, height, width] = pixels.shape;
    if (mask === undefined && picture.alpha === undefined)
      throw new UsageError(
        `${path} has no transparent pixels, and no mask is given: there is nothing to fill in. Give a picture of the same size, white where pixels are missing, with --mask.`,
      );
    const observed =
      mask === undefined
        ? parseMask(observedFromAlpha(picture, path), [height, width], path)
        : parseMask(await readMask(mask), [height, width], mask);
    return {
      recipe: { task: 'inpaint', image: pixels.shape, tensors: { mask: observed } },
      sigma: noise,
      kept: keep ? observed : undefined,
      // where holes are what is transparent, they are no longer
      alpha: mask === undefined ? mapTensor(picture.alpha!, (opacity, i) => (observed.data[i] === 1 ? opacity : 1)) : picture.alpha,
    };
  });
}

/** `posteriori upscale`: enlarge a small picture. */
export function upscaleCommand(program: Command): void {
  const command = program
    .command('upscale')
    .description('enlarge a small picture, adding the detail that the prior expects')
    .argument('<picture>', readableFormats)
    .option('--factor <n>', 'how many times, 2 to 8', factorOf, 4);
  examples(command, [
    ['posteriori upscale small.png', 'four times as large'],
    ['posteriori upscale small.jpg --factor 2 --noise 0.05', 'a noisy one, twice'],
  ]);
  restoring<{ factor: number }>(command, { what: 'upscaled', smaller: true }, async ({ pixels, picture }, { factor, noise }) => {
    const [channels, height, width] = pixels.shape;
    const size = [factor * height, factor * width] as const;
    return {
      recipe: { task: `sr${factor}`, image: [channels, ...size] },
      sigma: noise,
      alpha: picture.alpha && enlarge(picture.alpha, size),
    };
  });
}

/** `posteriori deblur`: sharpen a picture whose blur is known. */
export function deblurCommand(program: Command): void {
  const command = program
    .command('deblur')
    .description('sharpen a picture that is blurred in a known way: by a kernel, or by a Gaussian')
    .argument('<picture>', readableFormats)
    .option('--kernel <file>', 'the blur of one bright point: a picture on black or NPY, both sides odd')
    .option('--blur <pixels>', 'standard deviation of a Gaussian blur', positive);
  examples(command, [
    ['posteriori deblur blurred.png --blur 3', 'a Gaussian blur of 3 pixels'],
    ['posteriori deblur moved.jpg --kernel kernel.png', 'blurred as the kernel shows'],
  ]);
  restoring<{ kernel?: string; blur?: number }>(command, { what: 'deblurred' }, async ({ pixels, picture }, { kernel, blur, noise }) => {
    if ((kernel === undefined) === (blur === undefined))
      throw new UsageError('Say how the picture is blurred: by --kernel FILE, or by --blur PIXELS; one of them.');
    const image = pixels.shape;
    const recipe =
      kernel === undefined
        ? { task: 'blur-gaussian', image, options: { std: blur, size: 2 * Math.floor(4 * blur! + 0.5) + 1 } }
        : { task: 'blur-motion', image, tensors: { kernel: await readKernel(kernel) } };
    return { recipe, sigma: noise, alpha: picture.alpha };
  });
}

/** What the three commands have in common. @param about what happened to the picture (names the folder), whether it was made smaller */
function restoring<F>(
  command: Command,
  { what, smaller }: { what: string; smaller?: boolean },
  restorationOf: (damaged: Damaged, flags: RestoreFlags & F) => Promise<Restoration>,
): void {
  command.option('--noise <s>', 'standard deviation of the noise in the picture, on [-1, 1]; 0.01 is a clean one', nonNegative, 0.01);
  tileFlag(solverFlags(command, { images: 'photo', smaller }));
  outFlags(command, `out/ and the name of the picture, with -${what} and a number where it is taken; picture.png is the result`);
  jsonFlag(command.option('--save <file>', 'write the picture there too: .png, .jpg, .webp or .tif'));
  machineFlags(command);
  command.action(async (path: string, flags: RestoreFlags & OutFlags & F) => {
    const { save, out, force } = flags;
    const format = save === undefined ? undefined : formatOf(save);
    const inputs = [path, flags.mask, flags.kernel].filter((file) => file !== undefined);
    const destination = { out: out ?? join('out', folderName(path, `-${what}`)), unique: out === undefined, inputs, force };
    if (save !== undefined) await guardFile(save, { inputs, force });
    let source: Source | undefined;
    const choice = { ...withUsualPrior(flags, 'photo'), baseline: flags.baseline ?? 'none' };
    const finished = await runAndReport(choice, destination, async ({ loaded }) => {
      const damaged = await readDamaged(path, loaded ? channelsOf(loaded.prior) : 3);
      source = restoration(damaged, await restorationOf(damaged, flags));
      if (save !== undefined) await ensureWritableFolder(dirname(save));
      return source;
    });
    if (format !== undefined) {
      const { image, alpha, bits } = source!.picture!(finished.run.outcome.image);
      const holds16 = format === 'png' || format === 'tiff';
      await writeAtomically(save!, await encodePicture(image, { alpha, bits: holds16 ? bits : 8, format }));
    }
    print(finished, flags.json);
  });
}

function factorOf(text: string): number {
  const factor = count(text);
  if (factor < 2 || factor > 8) throw new InvalidArgumentError('It must be from 2 to 8.');
  return factor;
}

/** Alpha `[h, w]` at another size, within [0, 1]. */
function enlarge(alpha: Tensor, size: readonly [number, number]): Tensor {
  const large = resize(reshapeTensor(alpha, [1, ...alpha.shape]), size);
  return reshapeTensor(
    mapTensor(large, (value) => Math.min(1, Math.max(0, value))),
    size,
  );
}
