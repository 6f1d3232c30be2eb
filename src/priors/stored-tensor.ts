import type { Shape, Tensor } from '../tensor/tensor.js';

/** How numbers are stored; all are read as float32. Names as in safetensors. */
export type StoredDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** A tensor that is still in its file. */
export interface StoredTensor {
  readonly shape: Shape;
  readonly dtype: StoredDtype;
  /** Its numbers as float32, contiguous, read now. A scalar has shape []. */
  read(): Promise<Tensor>;
}

/** Named tensors of one file, read on demand. */
export interface TensorFile {
  readonly format: 'safetensors' | 'torch-zip' | 'torch-legacy';
  /** By their full path: nested tables of a pickle are joined by dots (`state_dict.model...`). */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What else the file says, as plain values, for display only (`global_step`, `epoch`, ...). */
  readonly metadata: Readonly<Record<string, string>>;
  /** Names of classes and functions of Python in the file that were left alone: nothing of them is read or executed. For display. */
  readonly unknown?: readonly string[];
  close(): Promise<void>;
}
