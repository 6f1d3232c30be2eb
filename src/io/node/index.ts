export { ensureWritableFolder, makeFolder, readBytes, writeAtomically } from './files.js';
export { findImages, type ReadImageOptions, readImage, readNpy, readPicture } from './read-image.js';
export { encodePng, type PngOptions, writeJson, writeNpy, writePng } from './write.js';
