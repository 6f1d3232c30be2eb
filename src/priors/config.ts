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

/**
 * UNet, CompVis `openaimodel` with camel-case names, and the variants that its parent in guided-diffusion and diffusers have: each
 * of these is absent where it is as in LDM-VQ4.
 */
export const unetSchema = z
  .strictObject({
    inChannels: count,
    /** `inChannels`, or twice as many where the model also estimates its variance (learned sigma): the first half is the noise. */
    outChannels: count,
    /** Channels of the finest level; level l has `modelChannels * channelMult[l]`. */
    modelChannels: count.refine((n) => n % 2 === 0, 'modelChannels is even (a sine and a cosine per frequency)'),
    channelMult: z.array(count).nonempty(),
    numResBlocks: count,
    /** Downsampling factors (1, 2, 4, ...) at which a level has attention; the middle always has it. */
    attentionResolutions: z.array(count),
    /** Channels of one attention head; or else `numHeads`. */
    headChannels: count.optional(),
    /** Attention heads at every level; or else `headChannels`. */
    numHeads: count.optional(),
    /**
     * How the channels of `qkv` lie: head by head as [q | k | v] (`per-head`, absent), or all q, all k, all v (`split`, "new attention
     * order").
     */
    attentionOrder: z.enum(['per-head', 'split']).optional(),
    /** The time embedding scales and shifts the second norm of a residual block, instead of being added before it. */
    scaleShiftNorm: z.boolean().optional(),
    /** Levels are joined by residual blocks that resample, instead of by convolutions. */
    resblockUpdown: z.boolean().optional(),
    /** Without `resblockUpdown`: a convolution goes with each change of size (absent: true). Else plain pooling and repetition. */
    convResample: z.boolean().optional(),
    /**
     * Where the strided convolution pads: on all sides (`both`, absent), or (diffusers' `downsample_padding: 0`) at the bottom and right
     * alone.
     */
    downsamplePadding: z.enum(['both', 'end']).optional(),
    /** Frequency k of the time embedding is 10000^(-k / (half - frequencyShift)), half the channels being sines (absent: 0). */
    frequencyShift: z.number().min(0).max(1).optional(),
    /** Groups of every GroupNorm. The reference program fixes 32. */
    normGroups: count.default(32),
    /** Absent: 1e-5. */
    normEps: z.number().positive().optional(),
    /** Side of the latents (or images) it was trained on. */
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
  .refine((c) => (c.headChannels === undefined) !== (c.numHeads === undefined), {
    path: ['headChannels'],
    error: 'give headChannels or numHeads, one of the two',
  })
  .refine((c) => divides(c.headChannels ?? c.numHeads ?? 1, attentionChannels(c)), {
    path: ['headChannels'],
    error: 'headChannels (or numHeads) must divide the channels of every level with attention',
  })
  .refine((c) => c.modelChannels > 2 || !c.frequencyShift, {
    path: ['frequencyShift'],
    error: 'one frequency cannot be shifted',
  });

/** Channels of every level with attention; the coarsest stands for the middle too. */
function attentionChannels(c: { channelMult: number[]; attentionResolutions: number[]; modelChannels: number }): number[] {
  const { channelMult, attentionResolutions, modelChannels } = c;
  return channelMult.filter((_, l) => l === channelMult.length - 1 || attentionResolutions.includes(2 ** l)).map((m) => modelChannels * m);
}

/** Whether a UNet estimates the noise in what it takes, or the noise and its variance (learned sigma). */
export function estimatesNoise({ inChannels, outChannels }: { inChannels: number; outChannels: number }): boolean {
  return outChannels === inChannels || outChannels === 2 * inChannels;
}

const beta = z.number().positive().lt(1);

/**
 * Variances beta_t of `levels` levels: from betaStart to betaEnd, linear in the square root (`scaled-linear`) or in itself (`linear`);
 * from a squared cosine (`squared-cosine`; Nichol and Dhariwal, ICML 2021); or as listed (`betas`).
 */
export const scheduleSchema = z
  .strictObject({
    kind: z.enum(['scaled-linear', 'linear', 'squared-cosine', 'betas']).default('scaled-linear'),
    levels: count.default(1000),
    betaStart: beta.default(0.0015),
    betaEnd: beta.default(0.0195),
    /** For `betas`: one for each level. */
    betas: z.array(beta).optional(),
    /** What the network estimates: the noise (absent), or v = sqrt(abar) noise - sqrt(1 - abar) z_0 (Salimans and Ho, ICLR 2022). */
    prediction: z.enum(['epsilon', 'v']).optional(),
    /** Added to every level by the samplers this model came with; recorded, not applied. */
    stepsOffset: z.int().min(0).optional(),
    /** The samplers this model came with clip clean estimates to [-1, 1]; recorded, not applied. */
    clipSample: z.boolean().optional(),
  })
  .refine((c) => (c.kind === 'betas') === (c.betas !== undefined), {
    path: ['betas'],
    error: 'a schedule of kind "betas" lists them, the others do not',
  })
  .refine((c) => c.betas === undefined || c.betas.length === c.levels, { path: ['betas'], error: 'there must be one beta for each level' });

/** A convolutional denoiser of images of any size, at every noise level between two; see `denoiser`. */
export const denoiserSchema = z
  .strictObject({
    /** Of an image. */
    channels: count,
    /** Channels of each level, finest first; each level has half the sides of the one before. */
    widths: z.array(count).nonempty(),
    /** Residual blocks of each level, on the way down and again on the way up. */
    blocks: z.array(count).nonempty(),
    /** Groups of every normalisation; absent: none is normalised. */
    normGroups: count.optional(),
    /** Length of the vector that the noise level becomes. */
    embedding: count,
    /** Standard deviation of clean images that the preconditioning assumes. */
    sigmaData: z.number().positive(),
    /** Least and greatest standard deviation of the noise that it was trained on, for images in [-1, 1]. */
    sigmaMin: z.number().positive(),
    sigmaMax: z.number().positive(),
  })
  .refine((c) => c.blocks.length === c.widths.length, { path: ['blocks'], error: 'there must be one number of blocks for each width' })
  .refine((c) => c.sigmaMin < c.sigmaMax, { path: ['sigmaMax'], error: 'sigmaMax must be above sigmaMin' });

/** A DnCNN that is told the level of the noise; see `dncnn`. */
export const dncnnSchema = z
  .strictObject({
    /** Of an image. */
    channels: count,
    /** Channels between two convolutions. */
    width: count,
    /** Convolutions. */
    depth: z.int().min(2),
    /** Least and greatest standard deviation of the noise that it was trained on, for images in [-1, 1]. */
    sigmaMin: z.number().positive(),
    sigmaMax: z.number().positive(),
  })
  .refine((c) => c.sigmaMin < c.sigmaMax, { path: ['sigmaMax'], error: 'sigmaMax must be above sigmaMin' });

export type FirstStageConfig = z.output<typeof firstStageSchema>;
export type UNetConfig = z.output<typeof unetSchema>;
export type ScheduleConfig = z.output<typeof scheduleSchema>;
export type DenoiserConfig = z.output<typeof denoiserSchema>;
export type DncnnConfig = z.output<typeof dncnnSchema>;
