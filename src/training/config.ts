import { z } from 'zod';
import { denoiserPriorSchema } from '../priors/families/denoiser.js';
import { latentPriorSchema } from '../priors/families/latent.js';

const count = z.int().positive();
const rate = z.number().positive();

const optimiserShape = {
  learningRate: rate,
  warmup: z.int().min(0).default(100),
  /** Where the cosine ends, as a fraction of the learning rate. */
  floor: z.number().min(0).max(1).default(0.02),
  weightDecay: z.number().min(0).default(0.01),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.99),
  eps: rate.default(1e-8),
  /** Global norm to which gradients are clipped; 0: never. */
  clip: z.number().min(0).default(1),
  /** Decay of the moving average of the weights, which is what is kept. */
  ema: z.number().min(0).lt(1).default(0.999),
};

/** Images used at one time, and how many of them are new at each step. */
const poolShape = { pool: count.default(64), fresh: count.default(2) };

/** What every training has, whatever it trains. */
const commonShape = {
  seed: z.int().min(0),
  /** Folder of checkpoints, log and pictures; relative to the working folder. */
  work: z.string().min(1),
  /** Folder where the finished prior goes: config.json and model.safetensors. */
  out: z.string().min(1),
  data: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('ct-phantoms') }),
    /** Procedural pictures of three channels with the statistics of photographs. */
    z.strictObject({ kind: z.literal('photographs') }),
    /** Every image file under `path` (PNG, JPEG, WebP, TIFF, DICOM, NPY), resized so that the short side fits, cropped. */
    z.strictObject({
      kind: z.literal('folder'),
      path: z.string().min(1),
      /**
       * Share of made images among them (CT phantoms, or photographs where there are colours): few real ones alone are soon known by heart.
       */
      synthetic: z.number().min(0).lt(1).default(0),
    }),
  ]),
  /** Seconds between checkpoints. */
  checkpointEvery: rate.default(120),
  /** Steps between pictures of round trips, samples or clean estimates. */
  picturesEvery: count.default(500),
};

/** The training of a latent prior. */
export const trainSchema = z.strictObject({
  /** The prior to train: architecture, schedule, name. `scaleFactor` is measured after the first stage. */
  prior: latentPriorSchema,
  ...commonShape,
  firstStage: z.strictObject({
    /**
     * One after the other: small crops first are cheap, full images last fit the attention and norms to the size of use.
     * None: the first stage stays as it is in the prior that the training starts from.
     */
    phases: z.array(z.strictObject({ steps: count, batch: count, crop: count })),
    ...optimiserShape,
    ...poolShape,
    loss: z
      .strictObject({
        l1: z.number().min(0).default(1),
        l2: z.number().min(0).default(4),
        edges: z.number().min(0).default(1),
        codebook: z.number().min(0).default(1),
        commitment: z.number().min(0).default(0.25),
        kl: z.number().min(0).default(1e-6),
      })
      .prefault({}),
    /** Codes that nobody took for so many steps are moved to where latents are (Dhariwal et al., 2020); 0: never. */
    reviveEvery: z.int().min(0).default(50),
    /** Last of all, the codes are fitted to the latents of so many images by so many passes of k-means; 0 passes: never. */
    codebook: z.strictObject({ images: count.default(128), passes: z.int().min(0).default(8) }).prefault({}),
  }),
  diffusion: z.strictObject({ steps: count, batch: count, ...optimiserShape, ...poolShape }),
});

/** The training of a denoiser of images, a pixel prior. */
export const denoiserTrainSchema = z.strictObject({
  prior: denoiserPriorSchema,
  ...commonShape,
  /** Side of the images, before they are cut. */
  side: count.default(256),
  denoiser: z.strictObject({
    steps: count,
    batch: count,
    /** Side of what a step sees. */
    crop: count,
    /** Mean and standard deviation of ln sigma over the training (Karras et al., 2022, table 1: -1.2 and 1.2). */
    logSigma: z.tuple([z.number(), z.number().positive()]).default([-2, 1.3]),
    ...optimiserShape,
    ...poolShape,
  }),
});

export type TrainConfig = z.output<typeof trainSchema>;
export type DenoiserTrainConfig = z.output<typeof denoiserTrainSchema>;
export type AnyTrainConfig = TrainConfig | DenoiserTrainConfig;
/** What trainings of every kind are asked. */
export type CommonTrainConfig = Pick<TrainConfig, 'seed' | 'work' | 'out' | 'data' | 'checkpointEvery' | 'picturesEvery'>;
export type OptimiserConfig = Pick<
  TrainConfig['diffusion'],
  'learningRate' | 'warmup' | 'floor' | 'weightDecay' | 'beta1' | 'beta2' | 'eps' | 'clip' | 'ema'
>;
