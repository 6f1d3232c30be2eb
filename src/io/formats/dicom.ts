import { UsageError } from '../../tensor/errors.js';
import { isDicom } from '../dicom.js';
import { pictureFromDicom } from '../picture.js';
import type { NumberFormat } from './format.js';

export const dicom: NumberFormat = {
  name: 'dicom',
  title: 'DICOM',
  is: isDicom,
  read(bytes, path, range) {
    if (range !== undefined)
      throw new UsageError(`--range is for NPY and pictures; ${path} is DICOM, which states what its values mean. Leave it out.`);
    return pictureFromDicom(bytes, path);
  },
};
