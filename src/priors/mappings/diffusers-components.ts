import { z } from 'zod';
import { UserError } from '../../tensor/errors.js';
import type { StoredTensor } from '../stored-tensor.js';

/** A folder of diffusers as read: JSON, and tensors still in their files. */
export interface DiffusersParts {
  /** Content of model_index.json. */
  readonly modelIndex?: unknown;
  /** By the name of their folder; a lone component may be called ''. Which model it is, its `_class_name` says, else the index. */
  readonly components: Readonly<Record<string, { readonly config: unknown; readonly tensors?: ReadonlyMap<string, StoredTensor> }>>;
}

export interface Component {
  /** For messages. */
  readonly label: string;
  /** What precedes its tensors' names once those of all components are in one table. */
  readonly prefix: string;
  readonly className: string;
  readonly config: unknown;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export interface Components {
  readonly unet?: Component;
  readonly firstStage?: Component & { readonly kind: 'vq' | 'kl' };
  readonly scheduler?: Component;
  /** Parts that the index lists, or that have a configuration, whose file is not there. */
  readonly missing: readonly string[];
}

const roles = { UNet2DModel: 'unet', VQModel: 'first stage', AutoencoderKL: 'first stage' } as const;
const roleOf = (className: string) => (className.endsWith('Scheduler') ? 'scheduler' : roles[className as keyof typeof roles]);

const classSchema = z.looseObject({ _class_name: z.string() });
const entrySchema = z.tuple([z.unknown(), z.string()]);

/**
 * Tell a folder's components by their classes. What is no part of a prior (feature extractors, safety checkers) is left aside.
 * @throws UserError when there is no model among them, or a conditional one
 */
export function findComponents(name: string, { modelIndex, components }: DiffusersParts): Components {
  const listed = Object.entries(typeof modelIndex === 'object' && modelIndex !== null ? modelIndex : {}).flatMap(([key, value]) => {
    const entry = entrySchema.safeParse(value);
    return entry.success ? [[key, entry.data[1]] as const] : [];
  });
  const all = Object.entries(components).flatMap(([key, { config, tensors = new Map() }]): Component[] => {
    const className = classSchema.safeParse(config).data?._class_name ?? listed.find(([other]) => other === key)?.[1];
    if (className === undefined) return [];
    return [{ label: key === '' ? name : `${name}/${key}`, prefix: key === '' ? '' : `${key}.`, className, config, tensors }];
  });
  const conditional = all.find(({ className }) => className.includes('Condition'));
  if (conditional) {
    throw new UserError(
      `${conditional.label} is a ${conditional.className}, conditioned on text or another input. Only unconditional models are priors here.`,
    );
  }
  const [unet, firstStage, scheduler] = (['unet', 'first stage', 'scheduler'] as const).map((role) => {
    const found = all.filter(({ className }) => roleOf(className) === role);
    if (found.length > 1)
      throw new UserError(`${name} holds several models of a kind: ${found.map(({ label }) => label).join(', ')}. Keep one of them.`);
    return found[0] as Component | undefined;
  });
  if (!unet && !firstStage) {
    const classes = all.map(({ className }) => className).join(', ') || 'none';
    throw new UserError(`${name} holds no model known here. Known are ${Object.keys(roles).join(', ')}; its components: ${classes}.`);
  }
  const absent = { unet: !unet, 'first stage': !firstStage, scheduler: !scheduler };
  const listedButAbsent = listed.map(([, className]) => roleOf(className)).filter((role) => role !== undefined && absent[role]);
  const empty = [unet?.tensors.size === 0 && 'unet', firstStage?.tensors.size === 0 && 'first stage'].filter((role) => role !== false);
  return {
    unet,
    firstStage: firstStage && { ...firstStage, kind: firstStage.className === 'VQModel' ? 'vq' : 'kl' },
    scheduler,
    missing: [...listedButAbsent, ...empty] as string[],
  };
}
