export { type WriteSafetensorsOptions, writeSafetensorsFile } from './write-safetensors-file.js';
