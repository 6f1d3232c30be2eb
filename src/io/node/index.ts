export * from '../arrays/index.js';
export { type EncodeOptions, encodePicture, encodePng, formatOf, type PngOptions, type WritableFormat } from './encode.js';
export { fileSource } from './file-source.js';
export { ensureWritableFolder, makeFolder, readBytes, reasonOf, writeAtomically } from './files.js';
export { type InnerPath, openArrays, splitInner } from './open-arrays.js';
export { findImages, type ReadImageOptions, readImage, readNpy, readNumbersOrPicture, readPicture } from './read-image.js';
export { type ReadNumbers, type ReadNumbersOptions, readNumbers, shortName, sliceCount } from './read-numbers.js';
export { readOnnxFile } from './read-onnx-file.js';
export { writeJson, writeNpy, writePng } from './write.js';
