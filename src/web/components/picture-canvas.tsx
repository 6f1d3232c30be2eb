import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Tensor } from '../../tensor/tensor.js';

interface PictureProps {
  /** `[1, C, H, W]`. */
  readonly image: Tensor;
  readonly range: readonly [black: number, white: number];
}

/** An image in a canvas of its own size; the style sheet makes it as large as its frame. */
export function PictureCanvas({ image, range: [black, white] }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current) draw(canvas.current, image, black, white);
  }, [image, black, white]);
  const [, , height, width] = image.shape;
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus; what stands around it has the name
  return <canvas ref={canvas} width={width} height={height} aria-hidden="true" />;
}

export function draw(canvas: HTMLCanvasElement, { shape, data }: Tensor, black: number, white: number): void {
  const [, channels, height, width] = shape;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const pixels = context.createImageData(width, height);
  const plane = height * width;
  const gain = 255 / (white - black);
  for (let i = 0, at = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) pixels.data[at++] = (data[channels === 1 ? i : c * plane + i] - black) * gain + 0.5;
    pixels.data[at++] = 255;
  }
  context.putImageData(pixels, 0, 0);
}
