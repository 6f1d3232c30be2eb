/**
 * What the wall of a bench's report does: windows, error maps, zoom at one place in all pictures of a row, the value under the pointer.
 * Runs in the reader's browser.
 */
export const wallScript = `
const LEVELS = 4095;
const pictures = new Map();
const load = (canvas) => new Promise((resolve) => {
  const image = new Image();
  image.onload = () => {
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const grey = canvas.dataset.kind === 'grey';
    const n = image.width * image.height;
    const values = new Float32Array(grey ? n : 3 * n);
    for (let i = 0; i < n; i++) {
      if (grey) values[i] = ((data[4 * i] << 4) | (data[4 * i + 1] >> 4)) / LEVELS;
      else for (let c = 0; c < 3; c++) values[3 * i + c] = data[4 * i + c] / 255;
    }
    pictures.set(canvas, { values, grey, context, width: image.width, height: image.height });
    resolve();
  };
  image.src = canvas.dataset.src;
});
const hu = (value, scale) => 1000 * (value * scale.muMax - scale.muWater) / scale.muWater;
const settings = (section) => {
  const [low, high] = (section.querySelector('[name^=window]:checked')?.value ?? '').split(',').map(Number);
  return { low, high, errors: section.querySelector('[name^=show]:checked')?.value === 'errors' };
};
const draw = (section) => {
  const { low, high, errors } = settings(section);
  const scale = section.dataset.scale ? JSON.parse(section.dataset.scale) : undefined;
  for (const row of section.querySelectorAll('.wall-row')) {
    const canvases = [...row.querySelectorAll('canvas')];
    const truth = pictures.get(canvases.find((canvas) => canvas.dataset.truth !== undefined));
    for (const canvas of canvases) {
      const picture = pictures.get(canvas);
      if (!picture) continue;
      const { values, grey, context, width, height } = picture;
      const out = context.createImageData(width, height);
      const map = errors && truth && picture !== truth && truth.values.length === values.length;
      const channels = grey ? 1 : 3;
      for (let i = 0; i < width * height; i++) {
        for (let c = 0; c < 3; c++) {
          const at = channels * i + (grey ? 0 : c);
          let shown = values[at];
          if (map) {
            const error = values[at] - truth.values[at];
            shown = scale ? Math.abs(hu(values[at], scale) - hu(truth.values[at], scale)) / 200 : 5 * Math.abs(error);
          } else if (scale) shown = (hu(values[at], scale) - low) / (high - low);
          out.data[4 * i + c] = 255 * Math.min(1, Math.max(0, shown));
        }
        out.data[4 * i + 3] = 255;
      }
      context.putImageData(out, 0, 0);
    }
  }
};
const start = async (section) => {
  await Promise.all([...section.querySelectorAll('canvas')].map(load));
  draw(section);
};
for (const section of document.querySelectorAll('.wall')) {
  section.addEventListener('change', () => draw(section));
  let enlarged = false;
  const zoom = (x, y) => {
    enlarged = !enlarged;
    for (const canvas of section.querySelectorAll('canvas')) {
      canvas.style.transformOrigin = 100 * x + '% ' + 100 * y + '%';
      canvas.style.transform = enlarged ? 'scale(4)' : '';
    }
  };
  const scale = section.dataset.scale ? JSON.parse(section.dataset.scale) : undefined;
  for (const frame of section.querySelectorAll('.frame')) {
    const canvas = frame.querySelector('canvas');
    const value = frame.parentElement.querySelector('.value');
    frame.addEventListener('click', (event) => {
      const box = frame.getBoundingClientRect();
      zoom((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    });
    frame.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') zoom(0.5, 0.5);
    });
    frame.addEventListener('pointermove', (event) => {
      const picture = pictures.get(canvas);
      if (!picture || !value) return;
      const box = canvas.getBoundingClientRect();
      const [j, i] = [Math.floor((event.clientX - box.left) / box.width * picture.width), Math.floor((event.clientY - box.top) / box.height * picture.height)];
      if (i < 0 || j < 0 || i >= picture.height || j >= picture.width) return;
      const at = i * picture.width + j;
      value.textContent = scale ? Math.round(hu(picture.values[at], scale)) + ' HU' : Array.from(picture.values.slice((picture.grey ? 1 : 3) * at, (picture.grey ? 1 : 3) * (at + 1)), (v) => v.toFixed(2)).join(' ');
    });
    frame.addEventListener('pointerleave', () => { if (value) value.textContent = ''; });
  }
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    start(section);
  }, { rootMargin: '600px' }).observe(section);
}
`;
