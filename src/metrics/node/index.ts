export { loadLpips } from './load-lpips.js';
