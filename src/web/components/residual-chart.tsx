import { sigma } from '../state/form.js';
import { runs } from '../state/runs.js';
import { words } from '../words.js';

const [width, height, left, bottom] = [320, 120, 34, 18];

/** The residual over the noise variance, on a logarithmic axis, along each run; the dashed line is the noise. */
export function ResidualChart() {
  const variance = sigma.value ** 2;
  if (variance === 0) return null;
  const curves = runs.value
    .map(({ id, title, steps }) => ({
      id,
      title,
      points: steps.flatMap(({ step, steps: all, residual }) => (residual ? [{ at: step / all, ratio: residual / variance }] : [])),
    }))
    .filter(({ points }) => points.length > 1);
  if (curves.length === 0) return null;
  const logs = curves.flatMap(({ points }) => points.map(({ ratio }) => Math.log10(ratio)));
  const low = Math.floor(Math.min(-1, ...logs));
  const high = Math.ceil(Math.max(1, ...logs));
  const x = (at: number) => left + at * (width - left - 4);
  const y = (ratio: number) => 4 + ((high - Math.log10(ratio)) / (high - low)) * (height - bottom - 8);
  const marks = Array.from({ length: high - low + 1 }, (_, k) => low + k).filter((_, __, all) => all.length < 6 || _ % 2 === 0);
  return (
    <figure class="chart">
      <figcaption>{words.residual}</figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${words.residual}. ${words.residualNote}`}>
        {marks.map((mark) => (
          <g key={mark}>
            <line class="grid" x1={left} x2={width - 4} y1={y(10 ** mark)} y2={y(10 ** mark)} />
            <text x={left - 4} y={y(10 ** mark) + 3} text-anchor="end">
              {mark > -3 && mark < 3 ? 10 ** mark : `1e${mark}`}
            </text>
          </g>
        ))}
        <line class="noise" x1={left} x2={width - 4} y1={y(1)} y2={y(1)} />
        {curves.map(({ id, points }, k) => (
          <polyline
            key={id}
            class={`curve curve-${k % 3}`}
            points={points.map(({ at, ratio }) => `${x(at).toFixed(1)},${y(ratio).toFixed(1)}`).join(' ')}
          />
        ))}
      </svg>
      <p class="legend">
        {curves.map(({ id, title }, k) => (
          <span key={id} class={`key key-${k % 3}`}>
            {title}
          </span>
        ))}
      </p>
      <p class="note">{words.residualNote}</p>
    </figure>
  );
}
