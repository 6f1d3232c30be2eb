import { z } from 'zod';
import { gaussianBlur, gaussianTaps, kernelBlur, motionKernel, nonlinearBlur, parseKernel } from '../../operators/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { pictureTask, same, type TaskPart } from './task.js';

const size = z.int('is a whole number').min(3).default(61);
const intensity = z.number().min(0).max(1).default(0.5);

const motion: TaskPart<{ size: number; intensity: number }> = {
  name: 'kernel',
  draw: (_image, options, random) => motionKernel(random, options),
  parse: (given) => {
    const { kernel, notices } = parseKernel(given);
    return { tensor: kernel, notices };
  },
};
const kernelReach = (_options: unknown, { shape }: Tensor) => [(shape[0] - 1) / 2, (shape[1] - 1) / 2] as const;

export const blurTasks = [
  pictureTask({
    name: 'blur-gaussian',
    title: 'Gaussian deblurring',
    options: z.strictObject({ size, std: z.number().gt(0).default(3) }),
    imageOf: same,
    reach: (options) => {
      const radius = (gaussianTaps(options).length - 1) / 2;
      return [radius, radius];
    },
    operator: (image, options) => gaussianBlur(image, options),
  }),
  pictureTask({
    name: 'blur-motion',
    title: 'motion deblurring',
    options: z.strictObject({ size, intensity }),
    part: motion,
    imageOf: same,
    reach: kernelReach,
    operator: (image, _options, kernel) => kernelBlur(image, kernel),
  }),
  pictureTask({
    name: 'blur-nonlinear',
    title: "motion deblurring through a camera's response",
    linear: false,
    options: z.strictObject({
      size,
      intensity,
      exposure: z.number().gt(0).default(1.5),
      knee: z.number().min(0).lt(1).default(0.8),
    }),
    part: motion,
    imageOf: same,
    reach: kernelReach,
    operator: (image, options, kernel) => nonlinearBlur(image, kernel, options),
  }),
];
