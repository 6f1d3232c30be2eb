import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesSource } from '../../../io/byte-source.js';
import { openZip } from '../../../io/zip.js';
import { UserError } from '../../../tensor/errors.js';

/** Of a file in a folder of results. */
const plainName = /^[a-z0-9][a-z0-9-]*(\.[a-z0-9]+)+$/i;

/** Files of a folder as one zip, stored as they are. */
export async function packFolder(folder: string, names: readonly string[]): Promise<Uint8Array> {
  const { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await import('@zip.js/zip.js');
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level: 0, useWebWorkers: false });
  for (const name of names) await zip.add(name, new Uint8ArrayReader(new Uint8Array(await readFile(join(folder, name)))));
  return zip.close();
}

/**
 * Makes the folder of such a zip, whole or not at all.
 * @param names of the files that it must hold; others are refused, and so are names that are paths
 * @param wanted asked at the last moment
 * @throws UserError when it holds anything else; what the file system says
 */
export async function unpackFolder(bytes: Uint8Array, names: readonly string[], folder: string, wanted: () => boolean): Promise<void> {
  const members = await openZip(bytesSource(bytes, 'the result'));
  const wrong =
    [...members.keys()].find((name) => !names.includes(name)) ?? names.find((name) => !members.has(name) || !plainName.test(name));
  if (wrong !== undefined)
    throw new UserError(`The worker sent another result than it says: ${JSON.stringify(wrong)}. Send the job again.`);
  const incoming = `${folder}.incoming`;
  try {
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming, { recursive: true });
    for (const [name, member] of members) await writeFile(join(incoming, name), await member.read(0, member.size));
    await rm(folder, { recursive: true, force: true });
    if (wanted()) await rename(incoming, folder);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}
