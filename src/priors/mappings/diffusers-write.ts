import { checkWeights } from '../../nn/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { FirstStageConfig } from '../config.js';
import { type PriorConfig, priorParts, priorSpecs } from '../families/index.js';
import { FIRST_STAGE_PREFIX, UNET_PREFIX } from '../prefixes.js';
import { checkLayout } from './check-layout.js';
import { firstStageJson, type Json, schedulerJson, unetJson } from './diffusers-json.js';
import { mapDiffusersFirstStage, mapDiffusersUNet } from './diffusers-names.js';
import { type Mapped, writeMapped } from './mapped.js';

/** A folder of diffusers as it is to be written: for each component a folder with its JSON and its tensors. */
export interface WrittenDiffusers {
  /** Content of model_index.json; a first stage alone has none. */
  readonly modelIndex?: Json;
  /** By the name of their folder. */
  readonly components: Readonly<Record<string, { readonly config: Json; readonly tensors?: ReadonlyMap<string, Tensor> }>>;
}

/**
 * A prior in diffusers' layout, every JSON file with it: the inverse of `recogniseDiffusers`. Components are `unet`, `vqvae` or
 * `vae`, and `scheduler`.
 * @param weights under our full names, exactly those of the model
 * @throws UserError when the weights do not fit the configuration, or diffusers cannot express the model
 */
export function writeDiffusers(config: PriorConfig, weights: ReadonlyMap<string, Tensor>): WrittenDiffusers {
  checkLayout('diffusers', config);
  checkWeights(priorSpecs(config), weights);
  const { unet, firstStage } = mapDiffusers(config, '');
  const stage = 'firstStage' in config ? firstStageFolder(config.firstStage) : '';
  const stages = 'firstStage' in config && {
    [stage]: {
      config: firstStageJson(config.firstStage, 'scaleFactor' in config ? config.scaleFactor : 1),
      tensors: writeMapped(firstStage, weights),
    },
  };
  if (!('unet' in config)) return { components: { ...stages } };
  const components = {
    unet: { config: unetJson(config.unet), tensors: writeMapped(unet, weights) },
    ...stages,
    scheduler: { config: schedulerJson(config.schedule, config.unet.outChannels > config.unet.inChannels) },
  };
  const pipeline = stage === '' ? 'DDPMPipeline' : stage === 'vqvae' ? 'LDMPipeline' : 'DiffusionPipeline';
  const index = Object.entries(components).map(([name, component]) => [name, ['diffusers', component.config._class_name]]);
  return { modelIndex: { _class_name: pipeline, ...Object.fromEntries(index) }, components };
}

/** Where each part's tensors go. @param separator between a component's folder and its names; '' leaves the folder away */
export function mapDiffusers(config: PriorConfig, separator: '' | '.'): { unet: readonly Mapped[]; firstStage: readonly Mapped[] } {
  const specs = priorParts(config);
  const prefix = (folder: string): string => (separator === '' ? '' : `${folder}${separator}`);
  return {
    unet: 'unet' in config ? mapDiffusersUNet(config.unet, specs.unet!, { prefix: prefix('unet'), ours: UNET_PREFIX }) : [],
    firstStage:
      'firstStage' in config
        ? mapDiffusersFirstStage(config.firstStage, specs.firstStage!, {
            prefix: prefix(firstStageFolder(config.firstStage)),
            ours: FIRST_STAGE_PREFIX,
          })
        : [],
  };
}

function firstStageFolder({ kind }: FirstStageConfig): string {
  return kind === 'vq' ? 'vqvae' : 'vae';
}
