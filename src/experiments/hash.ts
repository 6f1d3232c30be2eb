import type { Tensor } from '../tensor/tensor.js';

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of a tensor's float32 values, in hexadecimal. */
export async function hashTensor(x: Tensor): Promise<string> {
  return sha256(new Uint8Array(x.data.buffer, x.data.byteOffset, x.data.byteLength));
}
