export { fileSource } from './file-source.js';
export { ensureWritableFolder, makeFolder, readBytes, reasonOf, writeAtomically } from './files.js';
export { findImages, type ReadImageOptions, readImage, readNpy, readPicture } from './read-image.js';
export { readOnnxFile } from './read-onnx-file.js';
export { encodePng, type PngOptions, writeJson, writeNpy, writePng } from './write.js';
