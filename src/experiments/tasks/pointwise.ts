import { z } from 'zod';
import { denoising, highDynamicRange } from '../../operators/index.js';
import { pictureTask, same } from './task.js';

export const pointwiseTasks = [
  pictureTask({
    name: 'denoise',
    title: 'denoising',
    sigma: 0.2,
    options: z.strictObject({}),
    imageOf: same,
    operator: (image) => denoising(image),
  }),
  pictureTask({
    name: 'hdr',
    title: 'high dynamic range',
    linear: false,
    sigma: 0.05,
    options: z.strictObject({ gain: z.number().gt(1).default(2) }),
    imageOf: same,
    operator: (image, { gain }) => highDynamicRange(image, gain),
  }),
];
