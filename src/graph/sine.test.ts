import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { input } from './expr.js';
import { toOnnx } from './onnx-out.js';
import { cos, sin } from './operations.js';

test('sine and cosine as written for WebGPU are those of Math, to float32, of small and of large angles', async () => {
  const count = 20_001;
  const angles = Float32Array.from({ length: count }, (_, i) => Math.sign(i - 10_000) * (Math.abs(i - 10_000) / 10_000) ** 4 * 1e5);
  const x = input('x', [count]);
  const { bytes } = toOnnx({ sin: sin(x), cos: cos(x) }, { webgpu: true });
  // its arithmetic in float32 is that of any device
  const session = await InferenceSession.create(bytes);
  const { sin: s, cos: c } = await session.run({ x: new Tensor('float32', angles, [count]) });
  const worst = (got: Tensor, f: (angle: number) => number) =>
    Math.max(...angles.map((angle, i) => Math.abs((got.data[i] as number) - f(angle))));
  expect(worst(s, Math.sin)).toBeLessThan(1e-6);
  expect(worst(c, Math.cos)).toBeLessThan(1e-6);
});
