import { UserError } from '../../tensor/errors.js';
import type { StoredTensor } from '../stored-tensor.js';
import { recogniseFirstStage, recogniseLatentDiffusion } from './compvis.js';
import type { Conventions } from './conventions.js';
import { recogniseGuidedDiffusion } from './guided-diffusion.js';
import type { Recognised } from './recognised.js';

type Recognise = (
  name: string,
  root: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  conventions: Conventions,
) => Recognised | Promise<Recognised>;

/** Names that only one layout has, behind what precedes them in the file; and how that layout is read. Best first. */
const traces: readonly (readonly [RegExp, Recognise])[] = [
  [/^(.*\.)?(?:model\.diffusion_model\.|model_ema\.diffusion_model|first_stage_model\.)/, recogniseLatentDiffusion],
  [/^(.*\.)?(?:time_embed|input_blocks|middle_block|output_blocks)\.\d/, recogniseGuidedDiffusion],
  [/^(.*\.)?(?:encoder\.down|decoder\.up)\.\d+\.block\./, recogniseFirstStage],
];

/**
 * The model in one checkpoint file, from names and shapes: latent diffusion (CompVis) with its first stage, a first stage alone, or
 * a UNet of guided-diffusion. What these do not tell is taken from `conventions`. Only a schedule is read, where one is stored.
 * @param name of the file, for messages and as the prior's name
 * @param tensors by their full path, wherever in the file's tables the model is (`state_dict....`)
 * @throws UserError when there is no such model, more than one, or one of a kind that cannot be expressed
 */
export async function recogniseCheckpoint(
  name: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  conventions: Conventions = {},
): Promise<Recognised> {
  const keys = [...tensors.keys()];
  for (const [trace, recognise] of traces) {
    const roots = [...new Set(keys.flatMap((key) => trace.exec(key)?.slice(1) ?? []))].map((root = '') => root);
    if (roots.length > 1) {
      const list = roots.map((root) => `"${root}"`).join(', ');
      throw new UserError(`${name} holds several models, under ${list}. Write the one that is meant to a file of its own.`);
    }
    if (roots.length === 0) continue;
    refuseConditional(name, tensors);
    return recognise(name, roots[0], tensors, conventions);
  }
  const some = keys.slice(0, 3).map((key) => `"${key}"`);
  const hint = keys.some((key) => /(down_blocks|mid_block)\.\d*\.?resnets/.test(key))
    ? 'These are the names of diffusers, which say too little by themselves: give the folder with its config.json.'
    : 'Known are latent diffusion checkpoints (CompVis), their first stages, UNets of guided-diffusion, and folders of diffusers.';
  throw new UserError(`${name} holds no model known here; its tensors begin with ${some.join(', ') || 'none'}. ${hint}`);
}

function refuseConditional(name: string, tensors: ReadonlyMap<string, StoredTensor>): void {
  const traces = { label_emb: 'class labels', transformer_blocks: 'text or other sequences', cond_stage_model: 'another input' };
  for (const key of tensors.keys()) {
    const found = Object.entries(traces).find(([trace]) => key.includes(trace));
    if (found)
      throw new UserError(
        `${name} holds a model that is conditioned on ${found[1]} (tensor "${key}"). Only unconditional models are priors here.`,
      );
  }
}
