import type { PixelPrior } from '../../priors/index.js';
import { diffPir, diffPirDefaults, diffPirSchema } from '../diffpir.js';
import { checkNoiseLevels } from '../noise-levels.js';
import { type Method, variant } from './method.js';

export const diffPirMethod: Method = {
  name: 'diffpir',
  title: 'DiffPIR',
  citation: 'Zhu, Zhang, Liang, Cao, Wen, Timofte and Van Gool, CVPR Workshops 2023, arXiv 2305.08995',
  kind: 'heuristic sampler',
  needs: { prior: true },
  variants: [
    variant({
      space: 'pixel',
      restarts: true,
      options: diffPirSchema,
      presets: { diffpir: diffPirDefaults },
      check: (options, prior) => checkNoiseLevels(options, prior as PixelPrior | undefined),
      run: ({ prior, problem, context, options }) => diffPir(prior as PixelPrior, problem, context, options),
    }),
  ],
};
