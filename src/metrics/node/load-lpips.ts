import { fileSource } from '../../io/node/index.js';
import { openTensorFile, type TensorFile } from '../../priors/index.js';
import { type LpipsOptions, type LpipsWeights, readLpips } from '../lpips-weights.js';

/**
 * The weights of LPIPS from files that the user has: what `torch.save` wrote (.pth) or safetensors, one or several, as `readLpips` says.
 * @throws UserError when a file cannot be read, or as `readLpips` does
 * @example
 * ```ts
 * import { loadLpips } from 'posteriori/metrics/node';
 * const weights = await loadLpips(['alexnet-owt-7be5be79.pth', 'lpips/weights/v0.1/alex.pth'], { net: 'alex' });
 * ```
 */
export async function loadLpips(files: string | readonly string[], options: LpipsOptions): Promise<LpipsWeights> {
  const opened: TensorFile[] = [];
  try {
    for (const path of [files].flat()) opened.push(await openTensorFile(await fileSource(path)));
    return await readLpips(
      opened.map(({ tensors }) => tensors),
      options,
    );
  } finally {
    for (const file of opened) await file.close();
  }
}
