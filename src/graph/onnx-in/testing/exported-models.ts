import { readFileSync } from 'node:fs';

/** Models of test/reference/onnx whose shapes the files state. */
export function exportedModels(): Uint8Array[] {
  const names = ['classic', 'classic-dynamo', 'transformer', 'transformer-dynamic', 'unet'];
  return names.map((name) => new Uint8Array(readFileSync(new URL(`../../../../test/reference/onnx/${name}.onnx`, import.meta.url))));
}
