import { UsageError } from '../../tensor/errors.js';
import { isDicom } from '../dicom.js';
import { pictureFromDicom } from '../picture.js';
import type { NumberFormat } from './format.js';

export const dicom: NumberFormat = {
  name: 'dicom',
  title: 'DICOM',
  is: isDicom,
  read(bytes, path, range, slice) {
    if (range !== undefined)
      throw new UsageError(`--range is for NPY and pictures; ${path} is DICOM, which states what its values mean. Leave it out.`);
    if (typeof slice === 'object') throw new UsageError(`${path} is DICOM: --slice takes the number of a frame, from 0.`);
    return pictureFromDicom(bytes, path, slice);
  },
};
