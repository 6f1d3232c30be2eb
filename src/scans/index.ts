export { type Counts, fillDead, lineIntegrals, type Transmissions, transmissions } from './counts.js';
export { noiseOf } from './noise.js';
export {
  type Backprojection,
  type LayoutOptions,
  layOutScan,
  type PreparedRow,
  prepareRow,
  type RowOptions,
  type ScanLayout,
} from './prepare-scan.js';
export { withoutRings } from './rings.js';
export { type AxisSearch, entropy, type FoundAxis, findAxis } from './rotation-axis.js';
export { parseOrder, partsOf, type Scan, type ScanAxis, type ScanParts, scanOf } from './scan.js';
