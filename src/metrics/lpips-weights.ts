import type { StoredTensor } from '../priors/index.js';
import { UsageError, UserError } from '../tensor/errors.js';
import { formatShape, type Shape, sameShape, type Tensor } from '../tensor/tensor.js';
import { type LpipsNet, lpipsNets, lpipsSpecs } from './lpips-network.js';

/** What LPIPS is computed with. */
export interface LpipsWeights {
  readonly net: LpipsNet;
  /** By torchvision's names (`features.0.weight`) and those of the package lpips (`lin0.model.1.weight`). */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface LpipsOptions {
  readonly net: LpipsNet;
}

/** Where weights are found, for messages. */
const published: Readonly<Record<LpipsNet, string>> = {
  alex: "torchvision's AlexNet (alexnet-owt-7be5be79.pth) and the package lpips (lpips/weights/v0.1/alex.pth)",
  vgg: "torchvision's VGG-16 (vgg16-397923af.pth) and the package lpips (lpips/weights/v0.1/vgg.pth)",
};

/**
 * Take the weights of LPIPS out of files of tensors, in any order: a state dict of torchvision's AlexNet or VGG-16 (its classifier is left
 * alone) and one of the linear layers of the package lpips, v0.1; or that of a whole `lpips.LPIPS`; or one file with either's names.
 * @throws UserError naming the tensor that is missing, misshapen or there twice, and the files it should be in; UsageError for another net
 */
export async function readLpips(files: readonly ReadonlyMap<string, StoredTensor>[], { net }: LpipsOptions): Promise<LpipsWeights> {
  if (!lpipsNets.includes(net)) throw new UsageError(`LPIPS has the networks ${lpipsNets.join(' and ')}, not "${net}". Name one of them.`);
  const needs = `LPIPS with ${net} needs the weights of ${published[net]}`;
  const found = new Map<string, StoredTensor>();
  for (const file of files) {
    const own = ownNames(file);
    for (const [name, stored] of own) {
      if (found.has(name)) throw new UserError(`Two of the files hold "${name}". Give one of them: ${needs}.`);
      found.set(name, stored);
    }
  }
  const tensors = new Map<string, Tensor>();
  for (const { name, shape } of lpipsSpecs(net)) tensors.set(name, await readOne(name, shape, found.get(name), needs));
  return { net, tensors };
}

async function readOne(name: string, shape: Shape, stored: StoredTensor | undefined, needs: string): Promise<Tensor> {
  if (stored === undefined) throw new UserError(`None of the files holds a tensor "${name}" ${formatShape(shape)}. ${needs}.`);
  if (!sameShape(stored.shape, shape))
    throw new UserError(`The tensor "${name}" has shape ${formatShape(stored.shape)} in place of ${formatShape(shape)}. ${needs}.`);
  return stored.read();
}

/** The tensors of one file under our names, all else left out. A whole `lpips.LPIPS` has its linear layers twice, which are the same. */
function ownNames(file: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const own = new Map<string, StoredTensor>();
  for (const [path, stored] of file) {
    const name = ownName(path);
    if (name !== undefined && !own.has(name)) own.set(name, stored);
  }
  return own;
}

/**
 * `net.slice2.3.weight` of the package is `features.3.weight` of torchvision. Its linear layers are `lin0` and, in a list, `lins.0`; their
 * number 1 is 0 where they were made without dropout.
 */
function ownName(path: string): string | undefined {
  const name = path.replace(/^(?:(?:state_dict|model|module|_orig_mod)\.)+/, '');
  const [, layer] = /^(?:features|net\.slice\d)\.(\d+\.(?:weight|bias))$/.exec(name) ?? [];
  if (layer !== undefined) return `features.${layer}`;
  const [, depth] = /^lin(?:s\.)?(\d)\.model\.[01]\.weight$/.exec(name) ?? [];
  return depth === undefined ? undefined : `lin${depth}.model.1.weight`;
}
