import { z } from 'zod';
import { lineMask, linePatterns, mri, phaseRetrieval } from '../../operators/index.js';
import { pictureTask } from './task.js';

export const fourierTasks = [
  pictureTask({
    name: 'phase',
    title: 'phase retrieval',
    linear: false,
    sigma: 0.05,
    measuresLight: false,
    options: z.strictObject({ oversample: z.number().min(0).max(64).default(2) }),
    operator: (image, options) => phaseRetrieval(image, options),
  }),
  pictureTask({
    name: 'mri',
    title: 'MRI from part of k-space',
    channels: 1,
    measuresLight: false,
    options: z.strictObject({
      acceleration: z.number().min(1).default(4),
      center: z.number().min(0).max(1).default(0.08),
      pattern: z.enum(linePatterns).default('random'),
    }),
    part: {
      name: 'lines',
      draw: ([, height], options, random) => lineMask(height, random, options),
      parse: (given) => ({ tensor: given, notices: [] }), // mri itself checks it
    },
    operator: (image, _options, lines) => mri(image, lines),
  }),
];
