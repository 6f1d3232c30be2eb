import type { Tensor } from '../tensor/tensor.js';

/** One loaded ONNX model of an engine. */
export interface Session {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/** What an engine supplies: sessions over ONNX bytes. Opening, running and closing never overlap. */
export interface SessionHost {
  /** Takes the bytes over: the caller does not use them again. */
  open(onnx: Uint8Array): Promise<Session>;
  close(): Promise<void>;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
