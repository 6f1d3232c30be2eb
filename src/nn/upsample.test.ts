import { expect, test } from 'vitest';
import { conv2d, evaluate, input, upsampleNearest, vjp } from '../graph/index.js';
import { Random } from '../tensor/random.js';
import { upsampleConv } from './upsample.js';

test('four small convolutions equal upsampling and one large, gradients too', () => {
  const random = new Random(1);
  const [x, w, g] = [input('x', [2, 3, 4, 5]), input('w', [2, 3, 3, 3]), input('g', [2, 2, 8, 10])];
  const feeds = { x: random.normals(x.shape), w: random.normals(w.shape), g: random.normals(g.shape) };
  const all = (y: typeof x) => {
    const [dx, dw] = vjp(y, g, [x, w]);
    return evaluate({ y, dx, dw }, feeds);
  };
  const got = all(upsampleConv(x, w));
  const want = all(conv2d(upsampleNearest(x, 2), w, { pads: 1 }));
  for (const key of ['y', 'dx', 'dw'] as const) {
    expect(got[key].shape).toEqual(want[key].shape);
    expect(got[key].data).toBeNear(want[key].data, { absolute: 1e-12 });
  }
});
