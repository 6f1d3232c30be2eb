export { type ByteSource, blobSource, bytesSource, checkRange } from './byte-source.js';
export { type DicomImage, isDicom, parseDicom } from './dicom.js';
export { detectFormat, formats, type ImageFormat, readableFormats } from './formats/index.js';
export * from './hounsfield.js';
export { kernelFromPicture } from './kernel-picture.js';
export { holesFromPicture, observedFromAlpha } from './mask.js';
export { formatNpy, isNpy, type NpyArray, type NpyType, npyHeader, npyTensor, parseNpy } from './npy.js';
export {
  type NumbersOrigin,
  type Picture,
  type PictureSource,
  pictureFromDicom,
  pictureFromNpy,
  pictureFromNumbers,
  pictureFromSamples,
  type ValueRange,
} from './picture.js';
export { overBlack, type PreparedImage, type PrepareOptions, prepare } from './prepare.js';
export { type ResizeFilter, resize } from './resize.js';
export { type SampleOptions, type Samples, samplesFromTensor } from './samples.js';
