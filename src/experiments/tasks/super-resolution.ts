import { z } from 'zod';
import { averagePooling, bicubicDownsampling } from '../../operators/index.js';
import { pictureTask, type Task } from './task.js';

const enlarged =
  (factor: number): Task['imageOf'] =>
  ([channels, height, width]) => [channels, factor * height, factor * width];

export const superResolutionTasks = [
  ...[2, 3, 4, 5, 6, 7, 8].map((factor) =>
    pictureTask({
      name: `sr${factor}`,
      title: `super-resolution x${factor}, bicubic`,
      classical: ['bicubic', 'tv'],
      options: z.strictObject({}),
      imageOf: enlarged(factor),
      operator: (image) => bicubicDownsampling(image, factor),
    }),
  ),
  pictureTask({
    name: 'pool4',
    title: 'super-resolution x4, means of blocks',
    classical: ['bicubic', 'tv'],
    options: z.strictObject({}),
    imageOf: enlarged(4),
    operator: (image) => averagePooling(image, 4),
  }),
];
