import type { ExternalConstant } from '../graph/index.js';
import type { Tensor } from '../tensor/tensor.js';

/** One loaded ONNX model of an engine. */
export interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/** An ONNX model, its large constants apart. */
export interface SessionModel {
  readonly bytes: Uint8Array;
  readonly external: readonly ExternalConstant[];
}

/** What an engine supplies: sessions over ONNX models. Opening, running and closing never overlap. */
export interface SessionHost {
  /** Takes `bytes` over: the caller does not use them again. */
  open(model: SessionModel): Promise<Session>;
  close(): Promise<void>;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
