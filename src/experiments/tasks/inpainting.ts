import { z } from 'zod';
import { boxMask, inpainting, parseMask, randomMask } from '../../operators/index.js';
import { pictureTask, same, type TaskPart } from './task.js';

function mostlyMissing(share: number): string {
  return `${Math.round(100 * share)} % of the picture is to be filled in. If it is the other part that is missing, invert the mask: in a picture white is missing, in NPY 1 is kept, and transparent pixels are missing.`;
}

const mask: TaskPart<unknown> = {
  name: 'mask',
  parse: (given, [, height, width]) => {
    const tensor = parseMask(given, [height, width]);
    const missing = 1 - tensor.data.reduce((sum, observed) => sum + observed, 0) / tensor.data.length;
    return { tensor, notices: missing > 0.5 ? [mostlyMissing(missing)] : [] };
  },
};

export const inpaintingTasks = [
  pictureTask({
    name: 'inpaint-random',
    title: 'inpainting, pixels missing at random',
    options: z.strictObject({ missing: z.number().gt(0).lt(1).default(0.7) }),
    part: { ...mask, draw: ([, height, width], { missing }, random) => randomMask([height, width], missing, random) },
    imageOf: same,
    operator: (image, _options, observed) => inpainting(image, observed),
  }),
  pictureTask({
    name: 'inpaint-box',
    title: 'inpainting, a square missing',
    options: z.strictObject({ box: z.int('is a whole number').min(1).default(128), margin: z.int('is a whole number').min(0).default(16) }),
    part: { ...mask, draw: ([, height, width], { box, margin }, random) => boxMask([height, width], box, margin, random) },
    imageOf: same,
    operator: (image, _options, observed) => inpainting(image, observed),
  }),
  pictureTask({
    name: 'inpaint',
    title: 'inpainting by a given mask',
    options: z.strictObject({}),
    part: mask,
    imageOf: same,
    operator: (image, _options, observed) => inpainting(image, observed),
  }),
];
