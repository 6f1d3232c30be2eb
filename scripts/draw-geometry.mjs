// Draws the pictures of docs/geometry.md from the example files beside them: `node scripts/draw-geometry.mjs` writes docs/geometry/NAME.svg of
// every docs/geometry/NAME.json. `--examples` writes those first, by the makers of the built library.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'geometry');

if (process.argv.includes('--examples')) {
  const { defaultGeometry, fanGeometry, limitedGeometry } = await import('../dist/operators/index.js');
  const small = { size: 128, fieldOfView: 20, views: 36 };
  const fan = { ...small, sourceToAxis: 32, sourceToDetector: 56 };
  const turn = Array.from({ length: 36 }, (_, k) => (k * Math.PI) / 18);
  const examples = {
    parallel: defaultGeometry(small),
    'parallel-limited': limitedGeometry({ ...small, range: (2 * Math.PI) / 3, start: Math.PI / 6 }),
    'parallel-aside': { ...defaultGeometry(small), angles: turn, bins: 128, axis: 32.5 },
    'fan-flat': fanGeometry(fan),
    'fan-arc': fanGeometry({ ...fan, detector: 'arc' }),
    'fan-short': fanGeometry({ ...fan, scan: 'short' }),
    'fan-offset': { ...fanGeometry(fan), axis: 124.5 },
    'fan-tilted': fanGeometry({ ...fan, tilt: 0.15 }),
  };
  for (const [name, geometry] of Object.entries(examples)) {
    const angles = geometry.angles.map((angle) => Number(angle.toFixed(6)));
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ ...geometry, angles }, null, 1).replace(/\n {2}/g, ' ')}\n`);
  }
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')))
  writeFileSync(join(folder, file.replace('.json', '.svg')), draw(JSON.parse(readFileSync(join(folder, file), 'utf8'))));

/** The first view, the angles of all, and what the fields of the file are. */
function draw(geometry) {
  const {
    size,
    pixelSize,
    angles,
    bins,
    binSize,
    axis,
    beam = 'parallel',
    detector,
    sourceToAxis = 0,
    sourceToDetector = 0,
    tilt = 0,
  } = geometry;
  const fan = beam === 'fan';
  const half = (size[0] * pixelSize) / 2;
  const behind = fan ? sourceToDetector - sourceToAxis : 1.9 * half;
  const before = fan ? sourceToAxis : 1.9 * half;
  const beta = angles[0];
  const turned = ([across, up]) => [across * Math.cos(beta) - up * Math.sin(beta), across * Math.sin(beta) + up * Math.cos(beta)];
  const source = turned([0, -before]);
  const onDetector = (bin) => {
    const s = (bin - axis) * binSize;
    if (!fan) return turned([s, behind]);
    if (detector === 'flat') return turned([s * Math.cos(tilt), behind + s * Math.sin(tilt)]);
    const gamma = s / sourceToDetector;
    return turned([sourceToDetector * Math.sin(gamma), sourceToDetector * Math.cos(gamma) - sourceToAxis]);
  };
  const from = (bin) => (fan ? source : turned([(bin - axis) * binSize, -before]));
  const ends = [onDetector(0), onDetector(bins - 1)];
  const round = Array.from({ length: 49 }, (_, k) => onDetector((k * (bins - 1)) / 48));
  const circle = fan ? sourceToAxis : 1.45 * half;
  /** Where the source of a view is, or the end of its ray through the axis. */
  const seat = (angle, radius = circle) => [radius * Math.sin(angle), -radius * Math.cos(angle)];
  const all = [
    ...round,
    source,
    ...angles.map((angle) => seat(angle, 1.1 * circle)),
    [-half, -half],
    [half, half],
    from(0),
    from(bins - 1),
  ];
  const [left, right] = [Math.min(...all.map(([x]) => x)) - 9, Math.max(...all.map(([x]) => x)) + 9];
  const [low, high] = [Math.min(...all.map(([, y]) => y)) - 4, Math.max(...all.map(([, y]) => y)) + 5];
  const scale = 420 / (high - low);
  const p = ([x, y]) => `${((x - left) * scale).toFixed(1)},${((high - y) * scale).toFixed(1)}`;
  const line = (a, b, style) => `<path d="M${p(a)} L${p(b)}" ${style}/>`;
  const text = ([x, y], words, anchor = 'start') =>
    `<text x="${((x - left) * scale).toFixed(1)}" y="${((high - y) * scale).toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  const dot = (at, radius, style) => {
    const [x, y] = p(at).split(',');
    return `<circle cx="${x}" cy="${y}" r="${radius}" ${style}/>`;
  };
  const [first, last] = [0, bins - 1];
  const rays = [first, axis, last].map((bin) => line(from(bin), onDetector(bin), `class="ray${bin === axis ? ' axis' : ''}"`));
  const outward = ([x, y], by) => {
    const length = Math.hypot(x, y);
    return [x + (x / length) * by, y + (y / length) * by];
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${((right - left) * scale).toFixed(0)} 420" width="${((right - left) * scale).toFixed(0)}" height="420" font-family="sans-serif" font-size="12">
<title>${detector === undefined ? 'Parallel beams' : `A fan beam, ${detector} detector`}: the first view, and where all views are seen from</title>
<style>text{fill:#222}.ray{stroke:#d08a1d;stroke-width:1}.axis{stroke-dasharray:6 3}.detector{stroke:#1f5fa8;stroke-width:4;fill:none}.image{fill:#eef1f4;stroke:#8894a0}.turn{stroke:#b0b6bc;fill:none}.view{fill:#b0b6bc}</style>
<rect width="100%" height="100%" fill="#fff"/>
<rect x="${p([-half, half]).split(',')[0]}" y="${p([-half, half]).split(',')[1]}" width="${(2 * half * scale).toFixed(1)}" height="${(2 * half * scale).toFixed(1)}" class="image"/>
${angles.map((angle) => dot(seat(angle), 2.2, 'class="view"')).join('\n')}
${rays.join('\n')}
<path d="M${round.map(p).join(' L')}" class="detector"/>
${dot([0, 0], 3, 'fill="#222"')}
${fan ? dot(source, 5, 'fill="#b3261e"') : ''}
${text([0.6, 0.6], 'axis')}
${fan ? text([source[0] + 1.2, source[1] - 0.6], `source, angle ${beta.toFixed(2)}`) : text([seat(beta)[0] + 1, seat(beta)[1] - 1.4], `angle ${beta.toFixed(2)}`)}
${text(outward(ends[0], 1.6), 'bin 0', ends[0][0] < 0 ? 'end' : 'start')}
${text(outward(ends[1], 1.6), `bin ${bins - 1}`, ends[1][0] < 0 ? 'end' : 'start')}
${text(outward(onDetector(axis), 1.5), `bin ${axis}`, 'middle')}
${fan ? text([source[0] * 0.45 + 0.6, source[1] * 0.45], `${sourceToAxis} cm`) : ''}
${text([-half + 0.4, -half + 0.5], `${size[1]} x ${size[0]} pixels`)}
</svg>
`;
}
