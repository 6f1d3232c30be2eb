import { z } from 'zod';
import { checked, parseJson } from '../io/checked.js';
import { UserError } from '../tensor/errors.js';

const file = z.strictObject({ file: z.string(), sha256: z.string() });
const optionValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const optionValues = z.record(z.string(), z.union([optionValue, z.array(optionValue)]));

const schema = z.strictObject({
  manifest: z.literal(1),
  created: z.string(),
  /** `ct`, a task on pictures, or `operator` for one read from a file. */
  task: z.string(),
  /** What was reconstructed, in words: a file name, a phantom. */
  input: z.string(),
  method: z.string(),
  preset: z.string().optional(),
  /** Every option of the method, as it ran. */
  options: optionValues,
  prior: z.strictObject({ name: z.string(), path: z.string(), sha256: z.string() }).optional(),
  /** Side of the tiles, where it was chosen. */
  tile: z.union([z.int(), z.literal('none')]).optional(),
  /** Classical method beside it, where it was chosen. */
  baseline: z.string().optional(),
  /** What makes it again, of a CT its geometry, of a task on pictures its recipe, and the noise; sigma is what the method stopped at. */
  operator: z.strictObject({
    name: z.string(),
    geometry: file.optional(),
    recipe: z
      .strictObject({
        image: z.array(z.int().positive()).length(3),
        options: optionValues,
        /** Mask, kernel or lines. */
        tensors: z.partialRecord(z.enum(['mask', 'kernel', 'lines']), file),
        frame: z.enum(['mirrored', 'open']),
        /** An operator read from an ONNX file. */
        model: z.strictObject({ path: z.string(), sha256: z.string() }).optional(),
      })
      .optional(),
    sigma: z.number(),
    photons: z.number().optional(),
  }),
  /** The measurement that every method gets, and whether it was made from the truth or given. */
  measurement: file.extend({ source: z.enum(['simulated', 'given']) }),
  truth: file.optional(),
  /** Every file of the run but this one, by name, with its SHA-256. */
  files: z.record(z.string(), z.string()).optional(),
  seed: z.number(),
  /** Of the noise, where that has another than the method. */
  noiseSeed: z.number().optional(),
  /** Reconstructions of the one measurement, whose mean is the result, where there are several. */
  samples: z.int().min(2).optional(),
  /** Where on its way an earlier run was taken up: its clean estimate, and the share of its steps that was done. */
  from: file.extend({ done: z.number() }).optional(),
  device: z.enum(['cpu', 'webgpu', 'cuda', 'wasm']),
  threads: z.number(),
  versions: z.record(z.string(), z.string()),
  result: z.strictObject({
    reconstruction: file,
    residual: z.number(),
    /** dB; of an exact result infinite, which JSON has no number for. */
    psnr: z.union([z.number(), z.literal('Infinity').transform(() => Number.POSITIVE_INFINITY)]).optional(),
    ssim: z.number().optional(),
    /** Root mean square error in HU by tissue of the truth. */
    hu: z.record(z.string(), z.number()).optional(),
    seconds: z.number(),
    peakMemoryMB: z.number().optional(),
    counts: z.record(z.string(), z.number()),
  }),
});

/** All that a run was made of: enough to run it again to the same bits on the same device. Files are named relative to the manifest. */
export type Manifest = z.output<typeof schema>;

/** For `JSON.stringify`: infinite numbers by name, where JSON would put null. */
export function infinityNamed(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? 'Infinity' : value;
}

/** A manifest as the text of its file. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, infinityNamed, 2)}\n`;
}

/**
 * Read a manifest back.
 * @param name what to call it in messages
 * @throws UserError when it is not JSON or not a manifest.
 */
export function parseManifest(text: string, name = 'the manifest'): Manifest {
  const remedy = 'Give the manifest.json of a finished run.';
  return checked(
    schema,
    parseJson(text, name, remedy),
    (problems) => new UserError(`${name} is not a manifest of posteriori: ${problems}. ${remedy}`),
  );
}
