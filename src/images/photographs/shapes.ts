import type { Region } from '../phantoms/regions.js';

/*
 * Regions as those of the phantoms, their unit a pixel. See `ellipse` there for blobs, and `both`, `minus`, `either` for sums of shapes.
 */

/** A point of the picture in pixels. */
export type Point = readonly [number, number];

/** An ellipse around (cx, cy) of half axes a, b, the first turned by `angle`: quicker to make than a blob, depth exact for a circle. */
export function disc(cx: number, cy: number, a: number, b: number, angle = 0): Region {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [width, height] = [Math.hypot(a * c, b * s), Math.hypot(a * s, b * c)];
  const [ca, sa, cb, sb] = [c / a, s / a, c / b, s / b];
  const [squareA, squareB, short] = [1 / (a * a), 1 / (b * b), Math.min(a, b)];
  return {
    box: [cx - width, cy - height, cx + width, cy + height],
    measure: (x, y, from, to, out) => {
      for (let i = from; i < to; i++) {
        const u = (x[i] - cx) * ca + (y[i] - cy) * sa;
        const v = (y[i] - cy) * cb - (x[i] - cx) * sb;
        const k = Math.sqrt(u * u + v * v);
        const slope = Math.sqrt(u * u * squareA + v * v * squareB);
        // at the centre both are 0
        out[i - from] = slope > 1e-9 ? Math.min(short, (k * (1 - k)) / slope) : short;
      }
    },
  };
}

/** The convex polygon with these corners, in either sense of turning. */
export function polygon(corners: readonly Point[]): Region {
  const n = corners.length;
  let area = 0;
  for (let k = 0; k < n; k++) {
    const [p, q] = [corners[k], corners[(k + 1) % n]];
    area += p[0] * q[1] - p[1] * q[0];
  }
  const turn = area > 0 ? 1 : -1;
  const edges = new Float64Array(3 * n);
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < n; k++) {
    const [p, q] = [corners[k], corners[(k + 1) % n]];
    const scale = turn / (Math.hypot(q[0] - p[0], q[1] - p[1]) + 1e-9);
    const [nx, ny] = [(p[1] - q[1]) * scale, (q[0] - p[0]) * scale];
    edges.set([nx, ny, -nx * p[0] - ny * p[1]], 3 * k);
    box[0] = Math.min(box[0], p[0]);
    box[1] = Math.min(box[1], p[1]);
    box[2] = Math.max(box[2], p[0]);
    box[3] = Math.max(box[3], p[1]);
  }
  return {
    box,
    measure: (x, y, from, to, out) => {
      for (let i = from; i < to; i++) {
        let depth = 1e9;
        for (let e = 0; e < edges.length; e += 3) {
          const d = edges[e] * x[i] + edges[e + 1] * y[i] + edges[e + 2];
          if (d < depth) depth = d;
        }
        out[i - from] = depth;
      }
    },
  };
}

/** A rectangle around (cx, cy) of half sides a, b, turned by `angle`. */
export function rectangle(cx: number, cy: number, a: number, b: number, angle = 0): Region {
  return polygon(rectangleCorners(cx, cy, a, b, angle));
}

/** Its corners. */
export function rectangleCorners(cx: number, cy: number, a: number, b: number, angle = 0): Point[] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [
    [-a, -b],
    [a, -b],
    [a, b],
    [-a, b],
  ].map(([u, v]): Point => [cx + u * c - v * s, cy + u * s + v * c]);
}

/** All that lies below a line of heights y, one a column of the picture (the ends go on for ever). */
export function below(heights: Float32Array): Region {
  let top = Infinity;
  for (const h of heights) top = Math.min(top, h);
  const last = heights.length - 1;
  return {
    box: [-Infinity, top, Infinity, Infinity],
    measure: (x, y, from, to, out) => {
      for (let i = from; i < to; i++) {
        const k = Math.max(0, Math.min(last, Math.floor(x[i])));
        const slope = (heights[Math.min(last, k + 1)] - heights[Math.max(0, k - 1)]) / 2;
        out[i - from] = (y[i] - heights[k]) / Math.sqrt(1 + slope * slope);
      }
    },
  };
}

/** All of the plane. */
export const everywhere: Region = {
  box: [-Infinity, -Infinity, Infinity, Infinity],
  measure: (_x, _y, from, to, out) => {
    out.fill(1e3, 0, to - from);
  },
};

const one = { x: new Float32Array(1), y: new Float32Array(1), depth: new Float32Array(1) };

/** Depth of a single point in a region. */
export function depthAt(region: Region, x: number, y: number): number {
  one.x[0] = x;
  one.y[0] = y;
  region.measure(one.x, one.y, 0, 1, one.depth);
  return one.depth[0];
}
