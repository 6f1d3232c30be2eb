import { add, mul, square } from '../../graph/index.js';
import { denseToMap } from '../../graph/sparse-map.js';
import { Random } from '../../tensor/random.js';
import { tensor } from '../../tensor/tensor.js';
import {
  averagePooling,
  bicubicDownsampling,
  boxMask,
  defaultGeometry,
  denoising,
  fanGeometry,
  gaussianBlur,
  graphOperator,
  highDynamicRange,
  inpainting,
  kernelBlur,
  type LinearOperator,
  limitedGeometry,
  linearOperator,
  lineMask,
  motionKernel,
  mri,
  nonlinearBlur,
  type Operator,
  onCanvas,
  phaseRetrieval,
  radon,
  randomMask,
  restrictTo,
  sparseOperator,
} from '../index.js';

/** Every linear operator of the room, small: what the laws, and the engines, are tried on. A new one is added here and nowhere else. */
export const linearOperators: LinearOperator[] = [
  { ...radon(defaultGeometry({ size: 16, views: 5 })), name: 'ct' },
  {
    ...radon({ ...defaultGeometry({ size: 12, views: 3 }), bins: 9, axis: 3.7, size: [12, 15] }),
    name: 'ct, narrow detector, axis off the middle, oblong image',
  },
  {
    ...radon({ ...defaultGeometry({ size: 16, views: 4, muMax: 1.5 }), bins: 8, binSize: 4.1, axis: 3.5 }),
    name: 'ct, wide bins, its own muMax',
  },
  { ...radon(fanGeometry({ size: 12, views: 5 })), name: 'ct by a fan' },
  {
    ...radon({
      ...fanGeometry({ size: 12, views: 4, sourceToAxis: 20, detector: 'arc', scan: 'short' }),
      bins: 15,
      axis: 4.4,
      size: [12, 9],
    }),
    name: 'ct by a fan, an arc, short scan, axis off the middle, oblong image',
  },
  {
    ...radon({ ...fanGeometry({ size: 12, views: 3, sourceToAxis: 22, tilt: 0.3 }), bins: 9, binSize: 9, axis: 4 }),
    name: 'ct by a fan, tilted detector of wide bins',
  },
  { ...radon(limitedGeometry({ size: 12, views: 4, range: 1, start: 0.6 })), name: 'ct of a limited angle' },
  sparseOperator('a random matrix', denseToMap(new Random(9).normals([6, 2 * 3 * 4])), {
    inputShape: [2, 3, 4],
    outputShape: [6],
    offset: new Random(8).normals([6]),
  }),
  { ...inpainting([3, 8, 6], randomMask([8, 6], 0.7, new Random(1))), name: 'inpainting, random' },
  { ...inpainting([1, 8, 8], boxMask([8, 8], 4, 1, new Random(1))), name: 'inpainting, box' },
  { ...gaussianBlur([3, 16, 13], { std: 1.5 }), name: 'gaussian blur' },
  { ...gaussianBlur([1, 9, 9], { std: 3, size: 9 }), name: 'gaussian blur as wide as the image' },
  { ...kernelBlur([2, 12, 10], motionKernel(new Random(5), { size: 9 })), name: 'motion blur' },
  { ...kernelBlur([1, 6, 7], tensor([5, 3], [0, 0, 1, 0, 3, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4])), name: 'blur, oblong kernel' },
  bicubicDownsampling([3, 16, 8], 4),
  bicubicDownsampling([1, 9, 12], 3),
  averagePooling([2, 8, 8], 4),
  denoising([3, 5, 4]),
  { ...mri([1, 12, 9], lineMask(12, new Random(3), { acceleration: 3 })), name: 'mri, magnitude' },
  { ...mri([1, 9, 8], lineMask(9, new Random(4), { acceleration: 2, pattern: 'equispaced' })), name: 'mri, magnitude, odd height' },
  { ...mri([2, 8, 12], lineMask(8, new Random(3))), name: 'mri, complex' },
  { ...onCanvas(bicubicDownsampling([2, 8, 4], 2), [11, 9], { top: 2, left: 3, height: 8, width: 4 }), name: 'a region of a canvas' },
  {
    ...onCanvas(radon(defaultGeometry({ size: 8, views: 3 })), [9, 12], { top: 0, left: 4, height: 8, width: 8 }),
    name: 'a region of a canvas, with an offset',
  },
  {
    ...restrictTo(gaussianBlur([2, 12, 10], { std: 0.7 }), { top: 3, left: 2, height: 5, width: 7 }),
    name: 'blur seen in a region',
  },
  linearOperator('a formula', { inputShape: [1, 4, 4], outputShape: [1, 4, 4], linearPart: (x) => add(x, mul(x, 2)) }),
];

/** Every operator that is not linear, small. */
export const nonlinearOperators: Operator[] = [
  highDynamicRange([3, 6, 5]),
  nonlinearBlur([3, 10, 12], motionKernel(new Random(5), { size: 7 })),
  { ...onCanvas(highDynamicRange([1, 4, 6]), [8, 6], { top: 4, left: 0, height: 4, width: 6 }), name: 'a region of a canvas, not linear' },
  {
    ...restrictTo(nonlinearBlur([1, 10, 12], motionKernel(new Random(6), { size: 7 })), { top: 3, left: 3, height: 4, width: 6 }),
    name: 'nonlinear blur seen in a region',
  },
  phaseRetrieval([1, 8, 12]),
  graphOperator('a graph', { inputShape: [1, 4, 4], outputShape: [1, 4, 4], apply: square }),
];
