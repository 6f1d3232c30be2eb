export { openTensorFile } from './open-tensor-file.js';
