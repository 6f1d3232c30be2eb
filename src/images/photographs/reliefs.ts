/** The form of a surface. */
export interface Relief {
  /** x and y components of unit normals (z towards the eye) at the points (x[i], y[i]), from <= i < to, into [0, to - from). */
  normals(x: Float32Array, y: Float32Array, from: number, to: number, nx: Float32Array, ny: Float32Array): void;
}

/** Where light comes from: the unit vector to it (x right, y down, z to the eye) and the share that comes from everywhere. */
export interface Light {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly ambient: number;
}

/** An ellipsoid whose outline is the ellipse of {@link disc}; `flatness` 0 is a ball, towards 1 ever flatter in the middle. */
export function ball(cx: number, cy: number, a: number, b: number, angle = 0, flatness = 0): Relief {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return {
    normals: (x, y, from, to, nx, ny) => {
      for (let i = from; i < to; i++) {
        const u = ((x[i] - cx) * c + (y[i] - cy) * s) / a;
        const v = ((y[i] - cy) * c - (x[i] - cx) * s) / b;
        const square = u * u + v * v;
        // from the edge outwards the normal lies in the picture's plane
        const k = square > 0.98 ? Math.sqrt(0.98 / square) : 1 - flatness * (1 - square);
        nx[i - from] = k * (u * c - v * s);
        ny[i - from] = k * (u * s + v * c);
      }
    },
  };
}

/** A cylinder of a radius whose axis passes (cx, cy) in direction `angle`. */
export function tube(cx: number, cy: number, radius: number, angle: number): Relief {
  const [c, s] = [-Math.sin(angle), Math.cos(angle)];
  return {
    normals: (x, y, from, to, nx, ny) => {
      for (let i = from; i < to; i++) {
        const across = Math.max(-0.99, Math.min(0.99, ((x[i] - cx) * c + (y[i] - cy) * s) / radius));
        nx[i - from] = across * c;
        ny[i - from] = across * s;
      }
    },
  };
}

/** A gently curved sheet: the normal turns steadily across the picture, (tx, ty) at (cx, cy). */
export function sheet(cx: number, cy: number, tx: number, ty: number, curvature: number): Relief {
  return {
    normals: (x, y, from, to, nx, ny) => {
      for (let i = from; i < to; i++) {
        nx[i - from] = Math.max(-0.7, Math.min(0.7, tx + curvature * (x[i] - cx)));
        ny[i - from] = Math.max(-0.7, Math.min(0.7, ty + curvature * (y[i] - cy)));
      }
    },
  };
}

/** Brightness under the light, for n normals: ambient share and Lambert's law. */
export function lambert(light: Light, nx: Float32Array, ny: Float32Array, n: number, out: Float32Array): void {
  const { x, y, z, ambient } = light;
  const direct = 1.25 * (1 - ambient);
  for (let i = 0; i < n; i++) {
    const nz = Math.sqrt(Math.max(0, 1 - nx[i] * nx[i] - ny[i] * ny[i]));
    out[i] = ambient + direct * Math.max(0, x * nx[i] + y * ny[i] + z * nz);
  }
}

/** Highlights (Blinn, 1977): the cosine to the half vector to the power 2^polish, times `gloss`. */
export function highlights(
  light: Light,
  nx: Float32Array,
  ny: Float32Array,
  n: number,
  gloss: number,
  polish: number,
  out: Float32Array,
): void {
  const length = Math.hypot(light.x, light.y, light.z + 1);
  const [hx, hy, hz] = [light.x / length, light.y / length, (light.z + 1) / length];
  for (let i = 0; i < n; i++) {
    const nz = Math.sqrt(Math.max(0, 1 - nx[i] * nx[i] - ny[i] * ny[i]));
    let s = Math.max(0, hx * nx[i] + hy * ny[i] + hz * nz);
    for (let k = 0; k < polish; k++) s *= s;
    out[i] = gloss * s;
  }
}

/** Mirror-like metal: the brightness of surroundings given from below to above, where the normal points up or down, times what is there. */
export function mirror(surroundings: Float32Array, nx: Float32Array, ny: Float32Array, n: number, out: Float32Array): void {
  const scale = (surroundings.length - 2) / 2;
  for (let i = 0; i < n; i++) {
    const place = (1 + Math.max(-1, Math.min(0.999, 0.9 * ny[i] + 0.3 * nx[i]))) * scale;
    const k = place | 0;
    out[i] *= surroundings[k] + (place - k) * (surroundings[k + 1] - surroundings[k]);
  }
}
