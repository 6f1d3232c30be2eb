import type { ByteSource } from '../../io/byte-source.js';
import { UserError } from '../../tensor/errors.js';
import type { TensorFile } from '../stored-tensor.js';
import { openSafetensors } from './safetensors-file.js';
import { openTorchLegacy } from './torch-legacy.js';
import { openTorchZip } from './torch-zip.js';

const READABLE = 'safetensors files and PyTorch checkpoints (.ckpt, .pt, .pth, .bin; zip or legacy)';

/**
 * Open a file of tensors, told by its first bytes: safetensors, or what torch.save wrote. Only its directory is read now, tensors on
 * demand. Nothing in the file is ever executed: of a pickle, plain data and tensors are taken, all else is a name (see `unknown`).
 * @param source belongs to the file: closed with it, and when it cannot be opened
 * @throws UserError when it is neither of these, or damaged; every tensor has been checked to lie inside the file
 */
export async function openTensorFile(source: ByteSource): Promise<TensorFile> {
  try {
    const start = await source.read(0, Math.min(64, source.size));
    return await formatOf(start, source)(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function formatOf(start: Uint8Array, { name }: ByteSource): (source: ByteSource) => Promise<TensorFile> {
  const text = new TextDecoder('latin1').decode(start);
  // First, since the length that a safetensors file starts with can be any bytes.
  if (text[8] === '{') return openSafetensors;
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return openTorchZip;
  if (start[0] === 0x80 && start[1] >= 2 && start[1] <= 5) return openTorchLegacy;
  throw new UserError(`${name} cannot be read: ${kindOf(text)}. What can be read are ${READABLE}.`);
}

/** What is often found in the place of a checkpoint. */
function kindOf(start: string): string {
  if (start === '') return 'it is empty (0 bytes); copy or download it again';
  if (start.startsWith('version https://git-lfs')) return 'it is a pointer of Git LFS to the file; fetch the file itself (git lfs pull)';
  if (/^\s*</.test(start)) return 'it is a web page; download the file itself';
  return 'it is of another kind';
}
