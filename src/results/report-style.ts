/** The style sheet of the report: system fonts, both colour schemes, nothing to load. */
export const reportStyle = `
:root { --ink: #1c1e21; --paper: #fff; --line: #d9dce1; --soft: #5d646e; --accent: #1769c4; --noise: #c4501b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --paper: #16181c; --line: #363b43; --soft: #a0a7b2; --accent: #6db1ff; --noise: #ff9a66; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
.gallery { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; }
figure { margin: 0; }
img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line); display: block; }
figcaption, .note { color: var(--soft); font-size: .87rem; }
figcaption strong { color: var(--ink); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); font-weight: normal; vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { width: 100%; height: auto; color: var(--soft); font: 12px system-ui, sans-serif; }
.curve { fill: none; stroke: var(--accent); stroke-width: 1.5; }
.dot { fill: var(--accent); }
.curve-1 { stroke: var(--soft); }
.dot-1 { fill: var(--soft); }
.noise-line { stroke: var(--noise); stroke-dasharray: 5 4; }
.noise-text { fill: var(--noise); }
.grid { stroke: var(--line); }
.warning { border-left: 4px solid var(--noise); padding: .4rem .8rem; margin: .5rem 0; }
.frame { overflow: hidden; border: 1px solid var(--line); cursor: zoom-in; }
.frame img { border: 0; }
.frame img[class], .scale { display: none; }
label { margin: 0 1rem 0 .25rem; }
.gallery, .scale { margin-top: .75rem; }
${['full', 'soft', 'lung', 'bone'].map((name) => `#w-${name}:checked ~ .gallery .frame img.w-${name} { display: block; } #w-${name}:checked ~ .scale.w-${name} { display: block; }`).join('\n')}
.ramp { height: .8rem; background: linear-gradient(to right, #000, #fff); border: 1px solid var(--line); }
.marks { display: flex; justify-content: space-between; color: var(--soft); font-size: .8rem; }
.scale { max-width: 30rem; color: var(--soft); font-size: .8rem; }
`;

/**
 * Enlarges every picture at the place where one was clicked (in the middle, by keyboard). Without scripts the pictures are there all the
 * same.
 */
export const zoomScript = `
let enlarged = false;
const frames = document.querySelectorAll('.frame');
const zoom = (x, y) => {
  enlarged = !enlarged;
  for (const img of document.querySelectorAll('.frame img')) {
    img.style.transformOrigin = 100 * x + '% ' + 100 * y + '%';
    img.style.transform = enlarged ? 'scale(4)' : '';
  }
};
for (const frame of frames) {
  frame.addEventListener('click', (event) => {
    const box = frame.getBoundingClientRect();
    zoom((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  frame.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') zoom(0.5, 0.5);
  });
}
`;
