import { checked } from '../../io/checked.js';
import { UserError } from '../../tensor/errors.js';
import { priorParts, priorSchema } from '../families/index.js';
import type { StoredTensor } from '../stored-tensor.js';
import { renamed } from './mapped.js';
import { type Recognised, recognised } from './recognised.js';

/**
 * A prior of ours: what its config.json says, and the tensors of its model.safetensors.
 * @throws UserError naming the field of the configuration that is wrong
 */
export function recogniseOwn(name: string, config: unknown, tensors: ReadonlyMap<string, StoredTensor>): Recognised {
  const own = checked(
    priorSchema,
    config,
    (problems) => new UserError(`The config.json of ${name} is no configuration of a prior: ${problems}.`),
  );
  const { unet, firstStage, denoiser } = priorParts(own);
  const same = (specs: Parameters<typeof renamed>[0] = []) => renamed(specs, (full) => full);
  return recognised({
    name,
    layout: 'posteriori',
    config: own,
    tensors,
    sets: { raw: same(unet ?? denoiser ?? firstStage) },
    shared: unet && same(firstStage),
  });
}
