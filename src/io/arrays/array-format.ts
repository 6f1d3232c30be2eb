import { UserError } from '../../tensor/errors.js';
import type { ByteSource } from '../byte-source.js';
import { printable } from '../printable.js';
import type { Hdf5Reader } from './hdf5-reader.js';
import type { ArrayFile } from './numeric-array.js';

/** What a format may need besides the bytes of the file. */
export interface Surroundings {
  /** A file that lies beside it, by its name. @throws UserError when there is none */
  sibling(name: string): Promise<ByteSource>;
  /** The file for the HDF5 library in a thread of its own, which can be stopped, and which spares a copy in memory. */
  openHdf5?(): Promise<Hdf5Reader>;
}

/** A kind of file that holds arrays of numbers, all of it in one file of this folder. */
export interface ArrayFormat {
  /** As a picture's source has it: `nifti`. */
  readonly name: string;
  /** As users write it: `NIfTI`. */
  readonly title: string;
  /** Ends of the usual names, for help. */
  readonly extensions: readonly string[];
  /**
   * By the first bytes of a file, 1024 are enough.
   * @param fileName for formats that no signature tells
   */
  is(start: Uint8Array, fileName: string): boolean;
  /**
   * Reads what describes the arrays, none of their numbers. The source stays open until the file is closed, which closes it.
   * @throws UserError when it is damaged, or of a kind that is not read
   */
  open(source: ByteSource, around: Surroundings): Promise<ArrayFile>;
}

/** Where no file lies beside. */
export const nothingAround: Surroundings = {
  sibling: async (name) => {
    throw new UserError(`The file ${printable(name)} is needed as well, and is not at hand. Put both into one file (.mha, .nii).`);
  },
};
