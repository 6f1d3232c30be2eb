import { z } from 'zod';
import { firstStageSchema } from '../config.js';
import { firstStageSpecs } from '../first-stage.js';
import { FIRST_STAGE_PREFIX } from '../prefixes.js';
import { family, prefixed, square } from './family.js';

/** A first stage alone: it encodes and decodes, and is no prior by itself. */
export const firstStagePriorSchema = z.strictObject({
  kind: z.literal('first-stage'),
  name: z.string().min(1),
  firstStage: firstStageSchema,
});

export type FirstStagePriorConfig = z.output<typeof firstStagePriorSchema>;

export const firstStageFamily = family({
  kind: 'first-stage',
  schema: firstStagePriorSchema,
  is: 'a first stage alone: it encodes and decodes, without a diffusion model',
  layouts: ['posteriori', 'compvis', 'diffusers'],
  expressed: 'a first stage without a diffusion model',
  parts: ({ firstStage }) => ({ firstStage: prefixed(FIRST_STAGE_PREFIX, firstStageSpecs(firstStage)) }),
  shapes: ({ firstStage }) => ({ image: square(firstStage.inChannels, firstStage.resolution) }),
  words: ({ firstStage }) => `first-stage, ${firstStage.kind} first stage`,
});
