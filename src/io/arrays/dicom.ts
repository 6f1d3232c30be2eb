import { UserError } from '../../tensor/errors.js';
import { sizeOf } from '../../tensor/tensor.js';
import { isDicom, openDicom } from '../dicom.js';
import { formatBytes } from '../format-bytes.js';
import type { Numbers, NumberType } from '../number-types.js';
import type { ArrayFormat } from './array-format.js';
import { numericArray } from './numeric-array.js';

/** A file is held as it is; its frames are unpacked one by one. */
const MOST_BYTES = 2 ** 31 - 1;

/** The frames of a DICOM file as [frames, rows, columns], or [rows, columns] of one, in the modality's unit: HU of a CT. */
export const dicom: ArrayFormat = {
  name: 'dicom',
  title: 'DICOM',
  extensions: ['.dcm'],
  is: isDicom,
  async open(source) {
    if (source.size > MOST_BYTES)
      throw new UserError(
        `${source.name} has ${formatBytes(source.size)}, more than one DICOM file can have here. Split it into single frames.`,
      );
    const file = await openDicom(await source.read(0, source.size), source.name);
    const { frames, rows, columns, pixelSizeCm, hounsfield, modality } = file;
    const lead = frames > 1 ? 1 : 0;
    let last: { index: number; data: Float32Array } | undefined;
    const read = async (start: readonly number[], count: readonly number[]): Promise<Numbers> => {
      const out = new Float32Array(sizeOf(count));
      const [top, left] = start.slice(lead);
      const [high, wide] = count.slice(lead);
      for (let k = 0; k < (lead ? count[0] : 1); k++) {
        const index = lead ? start[0] + k : 0;
        if (last?.index !== index) last = { index, data: await file.frame(index) };
        for (let y = 0; y < high; y++) {
          const from = (top + y) * columns + left;
          out.set(last.data.subarray(from, from + wide), (k * high + y) * wide);
        }
      }
      return out;
    };
    const type: NumberType = `${file.signed ? 'i' : 'u'}${file.bitsStored > 8 ? 2 : 1}`;
    const about = {
      axes: [...(lead ? ['frame'] : []), 'y', 'x'],
      ...(pixelSizeCm && { spacingCm: [...(lead ? [undefined] : []), ...pixelSizeCm] }),
      ...(hounsfield && { unit: 'hu' }),
    };
    const array = numericArray({ name: '', shape: lead ? [frames, rows, columns] : [rows, columns], type, about, read });
    const texts: Record<string, string> = { ...(modality && { modality }), 'transfer syntax': file.transferSyntax };
    return { format: 'DICOM', name: source.name, arrays: [array], texts, close: () => source.close() };
  },
};
