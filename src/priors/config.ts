import { z } from 'zod';

const count = z.int().positive();
const divides = (groups: number, channels: readonly number[]): boolean => channels.every((c) => c % groups === 0);

/** First stage, CompVis `ddconfig` with camel-case names. */
export const firstStageSchema = z
  .strictObject({
    /** `vq`: nearest code of a book; `kl`: mean and log-variance. */
    kind: z.enum(['vq', 'kl']),
    inChannels: count,
    outChannels: count,
    /** Channels of the finest level; level l has `ch * chMult[l]`. */
    ch: count,
    chMult: z.array(count).nonempty(),
    numResBlocks: count,
    zChannels: count,
    /** Channels of a latent. */
    embedDim: count,
    /** Codes in the book (VQ). */
    nEmbed: count.optional(),
    /** Image sides at which a level has attention, counted from `resolution`; the middle always has it. */
    attnResolutions: z.array(count).default([]),
    /** Side of the training images. */
    resolution: count,
    /** Groups of every GroupNorm. The reference program fixes 32; small widths need fewer. */
    normGroups: count.default(32),
  })
  .refine((c) => c.kind === 'kl' || c.nEmbed !== undefined, {
    path: ['nEmbed'],
    error: 'a VQ first stage needs nEmbed, the number of codes',
  })
  .refine(
    (c) =>
      divides(
        c.normGroups,
        c.chMult.map((m) => c.ch * m),
      ),
    { path: ['normGroups'], error: 'normGroups must divide the channels of every level' },
  )
  .refine((c) => c.resolution % 2 ** (c.chMult.length - 1) === 0, {
    path: ['resolution'],
    error: 'resolution must be divisible by the downsampling',
  });

/** UNet, CompVis `openaimodel` with camel-case names. */
export const unetSchema = z
  .strictObject({
    inChannels: count,
    outChannels: count,
    /** Channels of the finest level; level l has `modelChannels * channelMult[l]`. */
    modelChannels: count.refine((n) => n % 2 === 0, 'modelChannels is even (a sine and a cosine per frequency)'),
    channelMult: z.array(count).nonempty(),
    numResBlocks: count,
    /** Downsampling factors (1, 2, 4, ...) at which a level has attention; the middle always has it. */
    attentionResolutions: z.array(count),
    /** Channels of one attention head. */
    headChannels: count,
    /** Groups of every GroupNorm. The reference program fixes 32. */
    normGroups: count.default(32),
    /** Side of the latents it was trained on. */
    imageSize: count,
  })
  .refine(
    (c) =>
      divides(
        c.normGroups,
        c.channelMult.map((m) => c.modelChannels * m),
      ),
    { path: ['normGroups'], error: 'normGroups must divide the channels of every level' },
  )
  .refine(
    (c) =>
      divides(
        c.headChannels,
        c.channelMult
          .filter((_, l) => l === c.channelMult.length - 1 || c.attentionResolutions.includes(2 ** l))
          .map((m) => c.modelChannels * m),
      ),
    { path: ['headChannels'], error: 'headChannels must divide the channels of every level with attention' },
  );

/** beta from betaStart to betaEnd over `levels` levels, linear in its square root (`scaled-linear`) or in itself (`linear`). */
export const scheduleSchema = z.strictObject({
  kind: z.enum(['scaled-linear', 'linear']).default('scaled-linear'),
  levels: count.default(1000),
  betaStart: z.number().positive().default(0.0015),
  betaEnd: z.number().positive().lt(1).default(0.0195),
});

/** A latent diffusion prior: everything but the weights. */
export const latentPriorSchema = z
  .strictObject({
    name: z.string().min(1),
    firstStage: firstStageSchema,
    unet: unetSchema,
    schedule: scheduleSchema.prefault({}),
    /** Diffusion sees `scaleFactor` times the first stage's latents. */
    scaleFactor: z.number().positive().default(1),
  })
  .refine((c) => c.unet.inChannels === c.firstStage.embedDim && c.unet.outChannels === c.firstStage.embedDim, {
    path: ['unet', 'inChannels'],
    error: 'the UNet must take and give as many channels as a latent has (firstStage.embedDim)',
  });

export type FirstStageConfig = z.output<typeof firstStageSchema>;
export type UNetConfig = z.output<typeof unetSchema>;
export type LatentPriorConfig = z.output<typeof latentPriorSchema>;
