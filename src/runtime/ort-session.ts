import type { InferenceSessionFactory, InferenceSession as OrtSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-node';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { Session, SessionModel } from './session.js';

/** The part of ONNX Runtime that its Node and its web package have in common. */
export interface Ort {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

/** Load a model into ONNX Runtime. */
export async function openOrtSession(ort: Ort, { bytes, external }: SessionModel, options: OrtSession.SessionOptions): Promise<Session> {
  const session = await ort.InferenceSession.create(bytes, { ...options, externalData: external });
  return {
    async run(feeds) {
      const inputs: Record<string, OrtTensor> = {};
      for (const [name, { data, shape }] of Object.entries(feeds)) inputs[name] = new ort.Tensor('float32', data, [...shape]);
      const outputs = await session.run(inputs);
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, fromOrt(value as OrtTensor)]));
    },
    close: () => session.release(),
  };
}

/** Whole numbers (arg min) and booleans become float32, exact below 2^24. */
function fromOrt({ data, dims }: OrtTensor): Tensor {
  return tensor(dims, data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number));
}
