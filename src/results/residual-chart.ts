/** The residual of one run against its step. */
export interface Curve {
  readonly label: string;
  readonly points: ReadonlyArray<{ readonly step: number; readonly residual: number }>;
}

const width = 720;
const height = 300;
const margin = { left: 60, right: 16, top: 14, bottom: 36 };

/**
 * ||A x - y||^2 / m on a logarithmic axis against the step, with the noise variance as a dashed line, as inline SVG.
 * Empty when no curve has two points to join.
 */
export function residualChart(curves: readonly Curve[], noise: number): string {
  const drawn = curves
    .map((curve) => ({ ...curve, points: curve.points.filter(({ residual }) => residual > 0 && Number.isFinite(residual)) }))
    .filter(({ points }) => points.length > 1);
  if (drawn.length === 0) return '';
  const all = drawn.flatMap(({ points }) => points);
  const values = noise > 0 ? [...all.map((p) => p.residual), noise] : all.map((p) => p.residual);
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const last = Math.max(1, ...all.map((p) => p.step));
  const x = (step: number) => margin.left + (step / last) * (width - margin.left - margin.right);
  const y = (value: number) => margin.top + ((high - Math.log10(value)) / (high - low)) * (height - margin.top - margin.bottom);

  const parts: string[] = [];
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power).toFixed(1);
    parts.push(`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/>`);
    parts.push(`<text x="${margin.left - 8}" y="${at}" dy="4" text-anchor="end" fill="currentColor">1e${power}</text>`);
  }
  for (const step of ticks(last)) {
    parts.push(
      `<text x="${x(step).toFixed(1)}" y="${height - margin.bottom + 18}" text-anchor="middle" fill="currentColor">${step}</text>`,
    );
  }
  parts.push(`<text x="${width - margin.right}" y="${height - 4}" text-anchor="end" fill="currentColor">step</text>`);
  if (noise > 0) {
    const at = y(noise);
    parts.push(`<line class="noise-line" x1="${margin.left}" x2="${width - margin.right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/>`);
    parts.push(
      `<text class="noise-text" x="${width - margin.right}" y="${(at - 5).toFixed(1)}" text-anchor="end">noise variance σ²</text>`,
    );
  }
  drawn.forEach(({ label, points }, i) => {
    const path = points.map((p, k) => `${k === 0 ? 'M' : 'L'}${x(p.step).toFixed(1)} ${y(p.residual).toFixed(1)}`).join('');
    parts.push(`<path class="curve curve-${i}" d="${path}"><title>${label}</title></path>`);
    parts.push(...points.map((p) => `<circle class="dot dot-${i}" cx="${x(p.step).toFixed(1)}" cy="${y(p.residual).toFixed(1)}" r="2"/>`));
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="measurement residual against step">\n${parts.join('\n')}\n</svg>`;
}

/** At most seven round numbers from 0 to `last`. */
function ticks(last: number): number[] {
  const rough = last / 6;
  const base = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * base).find((n) => n >= rough) as number);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}
