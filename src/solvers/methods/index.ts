import { UsageError } from '../../tensor/errors.js';
import { admmPnpMethod } from './admm-pnp.js';
import { bicubicMethod } from './bicubic.js';
import { cglsMethod } from './cgls.js';
import { dapsMethod } from './daps.js';
import { ddrmMethod } from './ddrm.js';
import { ddsMethod } from './dds.js';
import { diffPirMethod } from './diffpir.js';
import { dmpsMethod } from './dmps.js';
import { dpsMethod } from './dps.js';
import { fbpMethod } from './fbp.js';
import { fbpUnetMethod } from './fbp-unet.js';
import { latentDapsMethod } from './latent-daps.js';
import { latentDpsMethod } from './latent-dps.js';
import { mcgMethod } from './mcg.js';
import type { Method } from './method.js';
import { pnpUnetMethod } from './pnp-unet.js';
import { psldMethod } from './psld.js';
import { resampleMethod } from './resample.js';
import { resampleAsPublishedMethod } from './resample-as-published.js';
import { sirtMethod } from './sirt.js';
import { tvMethod } from './tv.js';

export { currentSetting } from './former.js';
export {
  checkNeeds,
  checkRestarts,
  defaultPreset,
  type Method,
  type MethodInput,
  type MethodKind,
  presetsOf,
  resolveOptions,
  runMethod,
  type Variant,
  variantOf,
} from './method.js';
export type { OptionValues } from './option-values.js';

/** Every method there is; a new one is its file and its line here. */
export const methods: readonly Method[] = [
  resampleMethod,
  diffPirMethod,
  ddsMethod,
  dapsMethod,
  dmpsMethod,
  ddrmMethod,
  dpsMethod,
  mcgMethod,
  latentDpsMethod,
  psldMethod,
  latentDapsMethod,
  admmPnpMethod,
  pnpUnetMethod,
  tvMethod,
  fbpUnetMethod,
  cglsMethod,
  sirtMethod,
  fbpMethod,
  bicubicMethod,
  resampleAsPublishedMethod,
];

/** @throws UsageError listing the methods there are. */
export function findMethod(name: string): Method {
  const method = methods.find((known) => known.name === name);
  if (method === undefined)
    throw new UsageError(`There is no method "${name}". The methods are: ${methods.map((known) => known.name).join(', ')}.`);
  return method;
}
