import { UserError } from '../tensor/errors.js';

/** The files of one component: its weights are one file, or the index of several (`weights`) and these (`shards`). */
export interface ComponentFiles {
  readonly config?: string;
  readonly weights?: string;
  readonly shards?: readonly string[];
}

/** The files that make up one prior, as paths below `base`. */
export interface PriorFiles {
  /** The folder they lie in, relative to the one searched; '' is that folder itself. */
  readonly base: string;
  /**
   * `model`: a configuration and weights (a prior of ours, or one component of diffusers; the configuration tells);
   * `diffusers`: a pipeline of components; `file`: a checkpoint that explains itself.
   */
  readonly kind: 'model' | 'diffusers' | 'file';
  readonly modelIndex?: string;
  /** By name; of `model` and `file` one, whose name is ''. */
  readonly components: Readonly<Record<string, ComponentFiles>>;
  /** Checkpoints that would have done as well as the one chosen. */
  readonly others: readonly string[];
}

/** Folders of a diffusers pipeline that belong to a prior; what else there is (text encoders, safety checkers) does not. */
export const componentNames: readonly string[] = ['unet', 'vqvae', 'vae', 'scheduler'];
/** Weights beside a config.json, best first. */
const weightNames = [
  'diffusion_pytorch_model.safetensors',
  'model.safetensors',
  'diffusion_pytorch_model.safetensors.index.json',
  'model.safetensors.index.json',
  'diffusion_pytorch_model.fp16.safetensors',
  'diffusion_pytorch_model.bin',
  'diffusion_pytorch_model.fp16.bin',
];
const configNames = ['config.json', 'scheduler_config.json'];
/** Names the files that tensors are spread over (as `save_pretrained` of transformers and diffusers writes large models). */
const INDEX = '.safetensors.index.json';
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;
/** Endings of checkpoints that explain themselves, best first. */
const checkpointEndings = [INDEX, '.safetensors', '.ckpt', '.pt', '.pth', '.bin'];

/**
 * Which files of a folder are a prior: of safetensors and pickles of the same weights the safetensors, of several checkpoints the first by
 * name.
 * @param paths every file of the folder, with `/` between folders
 * @param at a folder or a file among them; a file that is the weights of a config.json beside it stands for both
 * @returns undefined when nothing there is a prior
 */
export function findPriorFiles(paths: readonly string[], at = ''): PriorFiles | undefined {
  if (paths.includes(at)) {
    const base = at.split('/').slice(0, -1).join('/');
    const weights = at.slice(base === '' ? 0 : base.length + 1);
    const config = weightNames.includes(weights) && paths.includes(below(base, 'config.json')) ? 'config.json' : undefined;
    const beside = paths.filter((path) => path.startsWith(base) && !path.slice(base.length + 1).includes('/'));
    const names = beside.map((path) => path.slice(base === '' ? 0 : base.length + 1));
    return { base, kind: config ? 'model' : 'file', components: { '': { config, weights, ...shardsOf(weights, names) } }, others: [] };
  }
  const here = at === '' ? paths : paths.filter((path) => path.startsWith(`${at}/`)).map((path) => path.slice(at.length + 1));
  const has = (path: string) => (here.includes(path) ? path : undefined);
  const model = (folder: string): ComponentFiles => {
    const weights = weightNames.map((name) => has(below(folder, name))).find((path) => path !== undefined);
    return {
      config: configNames.map((name) => has(below(folder, name))).find((path) => path !== undefined),
      weights,
      ...shardsOf(weights, here),
    };
  };
  const components = Object.fromEntries(
    componentNames.map((name) => [name, model(name)] as const).filter(([, { config }]) => config !== undefined),
  );
  const modelIndex = has('model_index.json');
  if (Object.values(components).some(({ weights }) => weights !== undefined))
    return { base: at, kind: 'diffusers', modelIndex, components, others: [] };
  const { config, weights } = model('');
  if (config === 'config.json' && weights !== undefined) return { base: at, kind: 'model', components: { '': model('') }, others: [] };
  const [first, ...rest] = checkpointEndings.flatMap((end) => here.filter((path) => !path.includes('/') && path.endsWith(end)).sort());
  if (first === undefined) return undefined;
  const shards = shardsOf(first, here);
  const others = rest.filter((path) => !shards.shards?.includes(path));
  return { base: at, kind: 'file', components: { '': { weights: first, ...shards } }, others };
}

/** The files that an index may name, of those that are there. */
function shardsOf(weights: string | undefined, paths: readonly string[]): { shards?: readonly string[] } {
  if (!weights?.endsWith(INDEX)) return {};
  const stem = weights.slice(0, -INDEX.length);
  return { shards: paths.filter((path) => path.startsWith(stem) && SHARD.test(path.slice(stem.length))).sort() };
}

/** Every file of a prior, in the order in which they are hashed: configurations before weights. */
export function everyFile({ modelIndex, components }: PriorFiles): string[] {
  const each = Object.values(components).flatMap(({ config, weights, shards = [] }) => [config, weights, ...shards]);
  return [modelIndex, ...each].filter((path) => path !== undefined);
}

/** A sentence for the user on which of several checkpoints was taken; undefined where there was no choice. */
export function severalCheckpoints(name: string, { components, others }: PriorFiles): string | undefined {
  if (others.length === 0) return undefined;
  return `${name} has several checkpoints; taking ${components[''].weights}. The others: ${others.join(', ')}.`;
}

/** @throws UserError for a name that would leave the folder it is written in, on any platform. */
export function checkRelativePath(path: string): void {
  const segments = path.split('/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (!segments.some((part) => part === '' || part === '.' || part === '..') && !/[\\:\u0000-\u001f]/.test(path)) return;
  throw new UserError(
    `A file is called ${JSON.stringify(path)}, which could lead out of the folder it is written to. Nothing of it was read; tell the owner of the repository.`,
  );
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
