import { z } from 'zod';

/*
 * What the studio's server and its page say to one another. A request is checked by these schemas, and the OpenAPI description is made of
 * them.
 */

/** Of a file or a job: letters, digits and dashes alone, so that it can be no path. */
export const idSchema = z
  .string()
  .regex(/^[a-z0-9]{6,16}-[a-f0-9]{16}$/, 'is no id')
  .meta({ description: 'Of an uploaded file or a job', example: 'mf3k2q9x-00112233aabbccdd' });

/** Every answer that is none of the wanted ones: a sentence for people, and what to do about it. */
export const errorSchema = z
  .object({ error: z.object({ message: z.string(), remedy: z.string().optional() }) })
  .meta({ description: 'What was wrong, as a sentence for people' });
export type ErrorAnswer = z.output<typeof errorSchema>;

/** An uploaded file. */
export const fileSchema = z.object({
  id: idSchema,
  name: z.string().meta({ description: 'As the user has it: text from outside, never to be shown as HTML' }),
  bytes: z.int(),
  kind: z.enum(['picture', 'numbers']).meta({ description: 'numbers: an NPY, which may be an image, a measurement, a mask or a kernel' }),
  format: z.string().meta({ example: 'png' }),
  width: z.int().optional(),
  height: z.int().optional(),
  shape: z.array(z.int()).optional().meta({ description: 'Of numbers' }),
  modality: z.string().optional(),
  prepared: z
    .object({ ct: z.boolean(), pixelSizeCm: z.number().optional().meta({ description: 'Of a CT whose file states it' }) })
    .optional()
    .meta({ description: 'Of an image that was made of an upload: [C, H, W] in [-1, 1]' }),
  notices: z.array(z.string()),
});
export type FileView = z.output<typeof fileSchema>;

/** How an upload is made into an image that a model takes. */
export const preparationSchema = z.strictObject({
  side: z.int().min(8).max(8192).default(256).meta({ description: 'Of a CT, which is laid on a square; of a photograph the longer one' }),
  as: z.enum(['ct', 'photo']).optional().meta({ description: 'What it shows, where the file is not to say' }),
});
export type Preparation = z.output<typeof preparationSchema>;

const optionValue = z.union([z.string().max(200), z.number(), z.boolean(), z.null(), z.array(z.number()).max(64)]);
const optionValues = z.record(z.string().max(64), optionValue).default({});
const seed = z.int().min(0);

/** What is to be reconstructed, and how: a true image, which is measured first; or a measurement that was made elsewhere. */
export const jobRequestSchema = z.strictObject({
  task: z.string().max(64).default('ct').meta({ description: 'What is measured: see /api/tasks' }),
  param: optionValues.meta({ description: 'Options of the task' }),
  image: idSchema.optional().meta({ description: 'A true image, which is measured first' }),
  measurement: idSchema.optional().meta({
    description: 'In place of an image, what was measured elsewhere: NPY; or, but for CT, a damaged picture itself',
  }),
  geometry: z.record(z.string(), z.unknown()).optional().meta({ description: 'Of a CT measurement, as in the geometry.json of a run' }),
  mask: idSchema.optional().meta({ description: 'White where pixels are missing, or NPY of 1 (kept) and 0' }),
  kernel: idSchema.optional().meta({ description: 'Of a blur: a picture on black, or NPY' }),
  frame: z.enum(['mirrored', 'open']).default('mirrored').meta({
    description: 'What a blurred measurement saw beyond its edge: its own mirror image, as one that was simulated; or open, what was there',
  }),
  channels: z
    .union([z.literal(1), z.literal(3)])
    .optional()
    .meta({ description: 'Of the image, where neither task nor prior tells (3): 1 is grey, as a slice' }),
  size: z
    .union([z.int().min(8).max(8192), z.literal('native')])
    .optional()
    .meta({ description: 'Rows and columns that are reconstructed (256; native where there is a mask)' }),
  range: z
    .union([z.literal('hu'), z.tuple([z.number(), z.number()])])
    .optional()
    .meta({ description: 'What the numbers of an NPY image mean: hu, or black and white' }),
  angles: z.int().min(1).max(2000).default(25).meta({ description: 'CT: views over half a turn' }),
  fieldOfView: z
    .number()
    .gt(0)
    .max(1000)
    .optional()
    .meta({ description: 'CT: width in cm of an image that states none (25, and a notice says so)' }),
  sigma: z.number().min(0).optional().meta({ description: 'Noise, in the unit of the measurement' }),
  photons: z.number().gt(0).optional().meta({ description: 'Poisson noise in place of sigma' }),
  method: z.string().max(64).default('resample').meta({ description: 'See /api/methods' }),
  preset: z.string().max(64).optional(),
  set: optionValues.meta({ description: 'Options of the method, on top of the preset' }),
  prior: z.string().max(200).optional().meta({ description: 'See /api/priors' }),
  baseline: z.string().max(64).optional().meta({ description: 'A classical method to compare with, or none' }),
  samples: z.int().min(1).max(64).default(1),
  seed: seed.default(0),
  noiseSeed: seed.optional(),
  window: z.string().max(32).optional().meta({ description: 'CT: what pictures show: soft, lung, bone, full, or HU as in 40,400' }),
  from: idSchema.optional().meta({
    description: 'Where an earlier run of the method is taken up: its clean estimate there, NPY [C, H, W] in [-1, 1]',
  }),
  done: z.number().min(0).max(1).optional().meta({ description: 'The share of its steps that was done by then' }),
  series: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'has other characters than letters, digits and dashes, or more than 40')
    .optional()
    .meta({ description: 'A name that the client gives: jobs of one series are of one measurement, and shown together' }),
});
export type JobRequest = z.output<typeof jobRequestSchema>;
/** As it is sent: what has a default may be left out. */
export type JobWish = z.input<typeof jobRequestSchema>;

/** Figures of one method; JSON knows no infinity, which an exact result has. */
export const figuresSchema = z.object({
  method: z.string(),
  title: z.string(),
  psnr: z.union([z.number(), z.literal('Infinity')]).optional(),
  ssim: z.number().optional(),
  hu: z.record(z.string(), z.number()).optional(),
  residual: z.number().nullable(),
  seconds: z.number(),
});

/** What came of a finished job. */
export const resultSchema = z.object({
  figures: z.array(figuresSchema).meta({ description: 'Of the baselines, and last of the method itself' }),
  noise: z.number().meta({ description: 'Variance of the noise, which residuals are held against' }),
  peakMemoryMB: z.number().optional(),
  counts: z.record(z.string(), z.number()),
  files: z.array(z.string()).meta({ description: 'Names for /api/jobs/{id}/{file}' }),
});
export type JobResult = z.output<typeof resultSchema>;

export const jobStatus = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);

/** What a step shows. */
const stepShape = {
  step: z.int(),
  steps: z.int(),
  stage: z.string(),
  baseline: z.string().optional().meta({ description: 'The baseline that is at work, where it is not the method itself' }),
  residual: z.number().optional(),
  seconds: z.number().meta({ description: 'Since the run began' }),
};

export const jobSchema = z.object({
  id: idSchema,
  status: jobStatus,
  title: z.string(),
  created: z.string(),
  started: z.string().optional(),
  finished: z.string().optional(),
  place: z.int().optional().meta({ description: 'In the queue: 1 is next' }),
  progress: z.object(stepShape).optional(),
  request: jobRequestSchema,
  notices: z.array(z.string()),
  warnings: z.array(z.string()),
  restarts: z.int().meta({ description: 'How often its process died under it' }),
  error: z.string().optional(),
  result: resultSchema.optional(),
});
export type JobView = z.output<typeof jobSchema>;

/** What is told of a job by whoever does it. */
export const jobProgressSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('notice'), text: z.string() }),
  z.object({ type: z.literal('warning'), text: z.string() }),
  z.object({
    type: z.literal('step'),
    ...stepShape,
    estimate: z.string().optional().meta({ description: 'Now and then the clean estimate: a small PNG as a data URI' }),
  }),
]);
export type JobProgress = z.output<typeof jobProgressSchema>;

/** What is told of a job while it waits and runs: the `event` and the `data` of a server-sent event. */
export const jobEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('queued'), place: z.int() }),
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('restarted'), reason: z.string() }),
  ...jobProgressSchema.options,
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
  z.object({ type: z.literal('cancelled') }),
]);
export type JobEvent = z.output<typeof jobEventSchema>;

export const priorSchema = z.object({
  name: z.string(),
  kind: z.string(),
  image: z.array(z.int()).meta({ description: '[C, H, W], or [C] where any size will do' }),
  space: z.string().optional().meta({ description: 'Where its diffusion runs: methods are for one or the other' }),
});
export type PriorView = z.output<typeof priorSchema>;

export const taskSchema = z.object({
  name: z.string(),
  title: z.string(),
  linear: z.boolean(),
  channels: z.int().optional().meta({ description: 'Where it is not for the user to say' }),
  sigma: z.number(),
  options: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema of `param`, with the defaults' }),
  part: z.object({ name: z.string(), drawn: z.boolean() }).optional().meta({ description: 'A mask or kernel; drawn: where none is given' }),
  photons: z.boolean().optional(),
  classical: z.array(z.string()),
});
export type TaskView = z.output<typeof taskSchema>;

const inputSchema = z
  .object({
    type: z.enum(['number', 'word', 'flag', 'numbers']),
    from: z.number().optional(),
    above: z.number().optional(),
    to: z.number().optional(),
    whole: z.boolean().optional(),
    words: z.array(z.string()).readonly().optional(),
    none: z.boolean().optional().meta({ description: 'Whether it may be off: null' }),
  })
  .meta({ description: 'How it may be entered' });

const optionSchema = z.object({
  name: z.string(),
  group: z.string().optional().meta({ description: 'Heading that it belongs under' }),
  range: z.string(),
  unit: z.string().optional(),
  meaning: z.string(),
  input: inputSchema,
  values: z.record(z.string(), z.unknown()).readonly().meta({ description: 'By preset' }),
});

const variantSchema = z.object({
  space: z.string().optional().meta({ description: 'Of the priors that it is for' }),
  presets: z.array(z.string()).readonly(),
  restarts: z.boolean().meta({ description: 'Whether a run may be taken up on its way: see `from`' }),
  usual: z.object({ ct: z.string(), photo: z.string() }).meta({ description: 'The preset where none is named' }),
  options: z.array(optionSchema).readonly(),
});

export const methodSchema = z.object({
  name: z.string(),
  title: z.string(),
  citation: z.string(),
  kind: z.string(),
  needs: z.array(z.string()).readonly(),
  requires: z.object({
    prior: z.boolean(),
    linear: z.boolean().optional(),
    spectral: z.boolean().optional(),
    geometry: z.boolean().optional(),
    smaller: z.boolean().optional(),
  }),
  variants: z.array(variantSchema).readonly(),
});

/** What may be asked of this server at most. */
export const limitsSchema = z.object({
  uploadBytes: z.int(),
  pixels: z.int().meta({ description: 'Of an uploaded image' }),
  side: z.int().meta({ description: 'Rows and columns that are reconstructed' }),
  queue: z.int().meta({ description: 'Jobs that wait or run, of all users' }),
  queuePerUser: z.int(),
  minutes: z.number().meta({ description: 'Of one job' }),
  keepDays: z.number().nullable().meta({ description: 'After so many days uploads and jobs are removed; null: never' }),
});
export type Limits = z.output<typeof limitsSchema>;
