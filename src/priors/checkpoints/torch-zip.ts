import type { ByteSource } from '../../io/byte-source.js';
import { printable } from '../../io/printable.js';
import { openZip, type ZipMember } from '../../io/zip.js';
import { UserError } from '../../tensor/errors.js';
import { storedWidths } from '../stored-numbers.js';
import type { TensorFile } from '../stored-tensor.js';
import { unpickle } from './pickle.js';
import type { PickledStorage } from './pickle-values.js';
import { torchTensors } from './torch-file.js';
import { TorchObjects } from './torch-objects.js';

/* What torch.save writes since version 1.6: a zip of one folder with any name, in it `data.pkl`, `byteorder`, and each storage as `data/KEY`. */

const MAX_PICKLE = 2 ** 26;

/** A checkpoint of PyTorch. @throws UserError when it is damaged or something else */
export async function openTorchZip(source: ByteSource): Promise<TensorFile> {
  const { name: file } = source;
  const members = await openZip(source);
  const { folder, pickle } = findPickle(file, members);
  if (members.has(`${folder}constants.pkl`))
    throw new UserError(`${file} is a TorchScript program, not a checkpoint. Save the state_dict() of the model with torch.save.`);
  if ((await text(members.get(`${folder}byteorder`))) === 'big')
    throw new UserError(`${file} was written on a big-endian machine, which is not read. Save it again on another.`);
  if (pickle.size > MAX_PICKLE)
    throw new UserError(`${file} cannot be read: its data.pkl has ${pickle.size} bytes, more than any checkpoint's.`);
  const object = unpickle(await pickle.read(0, pickle.size), 0, file, new TorchObjects());

  const locate = ({ key, dtype, elements }: PickledStorage) => {
    const storage = members.get(`${folder}data/${key}`);
    const size = elements * storedWidths[dtype];
    if (storage?.size !== size) {
      const there = storage === undefined ? 'is not in it' : `has ${storage.size} bytes, not ${size}`;
      throw new UserError(`${file} is damaged: storage "${printable(key)}" ${there}. Download it again.`);
    }
    return storage.read;
  };
  return { format: 'torch-zip', ...torchTensors(file, object, locate), close: () => source.close() };
}

/** The topmost `data.pkl`, and the folder that it is in. */
function findPickle(file: string, members: ReadonlyMap<string, ZipMember>): { folder: string; pickle: ZipMember } {
  const depth = (name: string) => name.split('/').length;
  const all = [...members].filter(([name]) => /^(.*\/)?data\.pkl$/s.test(name));
  const top = Math.min(...all.map(([name]) => depth(name)));
  const found = all.filter(([name]) => depth(name) === top);
  if (found.length !== 1)
    throw new UserError(
      `${file} is a zip file, but not a checkpoint of PyTorch: it has ${found.length === 0 ? 'no' : 'more than one'} data.pkl. Name the file that torch.save wrote.`,
    );
  const [[name, pickle]] = found;
  return { folder: name.slice(0, -'data.pkl'.length), pickle };
}

async function text(member: ZipMember | undefined): Promise<string> {
  if (member === undefined || member.size > 64) return ''; // before PyTorch 2 there was no such file, and no big-endian one
  return new TextDecoder().decode(await member.read(0, member.size)).trim();
}
