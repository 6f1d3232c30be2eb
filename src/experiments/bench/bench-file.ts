import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { PHANTOM_KINDS } from '../../images/phantoms/index.js';
import { checked } from '../../io/checked.js';
import { UsageError } from '../../tensor/errors.js';

/* What a bench file says, and what is wrong with one. Every key is checked before anything is computed. */

/** An object of just these keys; another is named, with the nearest of those there are. */
function strict<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, Object.keys(shape)) : undefined),
  });
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  return keys.map((key) => `there is no key "${key}"; ${suggestion(key, known)}`).join('; ');
}

/** `did you mean "count"?`, or the names there are where none is near. */
export function suggestion(given: string, known: readonly string[]): string {
  const [nearest] = [...known].sort((a, b) => distance(given, a) - distance(given, b));
  return distance(given, nearest) <= Math.max(2, given.length / 3) ? `did you mean "${nearest}"?` : `there are ${known.join(', ')}`;
}

const whole = (least: number) => z.int({ error: `expected a whole number of at least ${least}` }).min(least);
const positive = z.number().gt(0);
const seed = whole(0);
const side = whole(32).default(256);
const set = z.enum(['test', 'tuning']).default('test');

/** Generated slices, which no training sees; of one kind, or the usual mixture. */
const phantoms = strict({
  phantoms: z.enum(['mixed', ...PHANTOM_KINDS]),
  name: z.string().min(1).optional(),
  count: whole(1).default(10),
  set,
  side,
});

/** Generated photographs, which no training sees. */
const photographs = strict({
  photographs: z.literal('mixed'),
  name: z.string().min(1).optional(),
  count: whole(1).default(10),
  set,
  side,
});

/** Pictures, DICOM slices or NPY images of a folder, in the order of their names. */
const folder = strict({
  folder: z.string().min(1),
  /** In tables; by default that of the folder. */
  name: z.string().min(1).optional(),
  /** So many, evenly spread over the folder; by default all. */
  count: whole(1).optional(),
  /** Just these of its files. */
  files: z.array(z.string().min(1)).min(1).optional(),
  /** `resize`: the whole image; `crop`: the middle of it, pixels as they are. By default CT is resized and photographs are cropped. */
  fit: z.enum(['crop', 'resize']).optional(),
  side,
});

const imageSource = z.union([phantoms, photographs, folder], {
  error: ({ input }) => sourceProblem(input),
});

/** Of a union zod says little: what is wrong with the one that was meant. */
function sourceProblem(input: unknown): string {
  const kinds = { phantoms, photographs, folder };
  if (typeof input !== 'object' || input === null) return `expected an object with one of ${Object.keys(kinds).join(', ')}`;
  const meant = Object.entries(kinds).find(([key]) => Object.hasOwn(input, key));
  if (meant === undefined) {
    const [first = ''] = Object.keys(input);
    return `expected one of ${Object.keys(kinds).join(', ')}${first ? `; of "${first}": ${suggestion(first, Object.keys(kinds))}` : ''}`;
  }
  const parsed = meant[1].safeParse(input);
  return parsed.success
    ? ''
    : parsed.error.issues.map(({ path, message }) => `${path.map((p) => `${String(p)}: `).join('')}${message}`).join('; ');
}

const taskEntry = strict({
  task: z.string().min(1),
  /** In tables; by default the task's title. */
  name: z.string().min(1).optional(),
  /** Of CT. */
  angles: whole(1).optional(),
  /** Of CT: width in cm of images that state none. */
  fieldOfView: positive.optional(),
  /** Standard deviation of the noise, in the unit of the measurement; by default the task's. */
  sigma: z.number().min(0).optional(),
  photons: positive.optional(),
  param: z.record(z.string(), z.unknown()).optional(),
});

const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()]);

const methodEntry = strict({
  method: z.string().min(1),
  /** In tables; by default what the method and its settings are. */
  name: z.string().min(1).optional(),
  preset: z.string().min(1).optional(),
  /** By default the method's usual one for the images. */
  prior: z.string().min(1).optional(),
  set: z.record(z.string(), z.unknown()).default({}),
  /** One column for every combination of these values: an ablation. */
  vary: z.record(z.string(), z.array(z.union([scalar, z.array(z.number())])).min(1)).optional(),
  /** Reconstructions whose mean is the result. */
  samples: whole(1).default(1),
  /** When one is spent, the last clean estimate is the result. */
  budget: strict({ seconds: positive.optional(), network: whole(1).optional() }).optional(),
});

/** A name alone stands for an entry of that name. */
function named<S extends z.ZodType>(key: string, entry: S) {
  return z.preprocess((value) => (typeof value === 'string' ? { [key]: value } : value), entry);
}

export const benchSchema = strict({
  $schema: z.string().optional(),
  title: z.string().min(1).optional(),
  images: z.array(imageSource).min(1),
  tasks: z.array(named('task', taskEntry)).min(1),
  methods: z.array(named('method', methodEntry)).min(1),
  /** Of noise, masks and methods: everything is run with each. */
  seeds: z.array(seed).min(1).default([0]),
  /** The method that the others are held against, by name; by default `resample` where it is among them, else the first. */
  reference: z.string().min(1).optional(),
  /** A table of the papers to print beside ours. */
  paper: z.string().min(1).optional(),
});

export type BenchFile = z.output<typeof benchSchema>;
export type ImageSource = BenchFile['images'][number];
export type TaskEntry = z.output<typeof taskEntry>;
export type MethodEntry = BenchFile['methods'][number];

/**
 * A bench as a file states it.
 * @param name what to call it in messages
 * @throws UsageError naming the first keys at fault, with the nearest that there is
 */
export function parseBench(value: unknown, name: string): BenchFile {
  return checked(benchSchema, value, (problems) => new UsageError(`${name}: ${problems}.`));
}
