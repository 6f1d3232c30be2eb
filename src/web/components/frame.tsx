import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { isCt } from '../state/studio.js';
import { ctWindow, pointed, setWindow, tool, zoom, zoomTo } from '../state/view.js';
import { words } from '../words.js';
import { arrows } from './use-strokes.js';

interface FrameProps {
  readonly label: string;
  readonly height: number;
  readonly width: number;
  /** Enlarged together with the others, and pointed at with them. */
  readonly linked: boolean;
  readonly children: ComponentChildren;
}

/** What a picture stands in: pointer, keys, zoom, and the window of a CT by dragging. */
export function Frame({ label, height, width, linked, children }: FrameProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { scale, x, y } = linked ? zoom.value : { scale: 1, x: 0.5, y: 0.5 };
  useWheel(frame, linked);

  const pointAt = (event: PointerEvent) => {
    const box = frame.current!.getBoundingClientRect();
    const share = (at: number, from: number, size: number, centre: number) => centre + ((at - from) / size - 0.5) / scale;
    pointed.value = {
      row: Math.floor(share(event.clientY, box.top, box.height, y) * height),
      column: Math.floor(share(event.clientX, box.left, box.width, x) * width),
    };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!linked) return;
    pointAt(event);
    if (event.buttons === 0) return;
    const windowing = isCt.value && (tool.value === 'window' || event.shiftKey);
    const box = frame.current!.getBoundingClientRect();
    if (windowing) setWindow(ctWindow.value.center + 2 * event.movementY, ctWindow.value.width + 4 * event.movementX);
    else if (zoom.value.scale > 1)
      zoomTo(
        zoom.value.scale,
        zoom.value.x - event.movementX / box.width / zoom.value.scale,
        zoom.value.y - event.movementY / box.height / zoom.value.scale,
      );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (linked && keys(event, height, width)) event.preventDefault();
  };
  const dragging = linked && (scale > 1 || (isCt.value && tool.value === 'window'));
  return (
    <div
      ref={frame}
      class={`frame${dragging ? ' dragging' : ''}`}
      style={{ aspectRatio: `${width} / ${height}` }}
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys below read the picture out
      tabIndex={0}
      aria-label={linked ? `${label}. ${words.pictureKeys}` : label}
      onPointerDown={(event) => linked && event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onPointerLeave={() => {
        pointed.value = undefined;
      }}
      onKeyDown={onKeyDown}
      onDblClick={() => linked && zoomTo(scale > 1 ? 1 : 4, ...shares(pointed.value, height, width))}
    >
      <div class="enlarged" style={{ transform: `scale(${scale}) translate(${50 - 100 * x}%, ${50 - 100 * y}%)` }}>
        {children}
      </div>
    </div>
  );
}

function shares(at: { row: number; column: number } | undefined, height: number, width: number): [number, number] {
  return at === undefined ? [0.5, 0.5] : [at.column / width, at.row / height];
}

/** Whether the key was for the picture. */
function keys({ key, shiftKey }: KeyboardEvent, height: number, width: number): boolean {
  const { scale } = zoom.value;
  if (key === '+' || key === '=') zoomTo(scale * 1.5, ...shares(pointed.value, height, width));
  else if (key === '-') zoomTo(scale / 1.5);
  else if (key === '0') zoomTo(1);
  else if (key === 'Escape') pointed.value = undefined;
  else {
    const move = arrows[key];
    if (move === undefined) return false;
    const by = shiftKey ? 10 : 1;
    const from = pointed.value ?? { row: height >> 1, column: width >> 1 };
    const within = (at: number, size: number) => Math.min(size - 1, Math.max(0, at));
    pointed.value = { row: within(from.row + by * move[0], height), column: within(from.column + by * move[1], width) };
    if (scale > 1) zoomTo(scale, ...shares(pointed.value, height, width));
  }
  return true;
}

/** Pinching, and the wheel with Ctrl, enlarge; the plain wheel scrolls the page. */
function useWheel(frame: { readonly current: HTMLDivElement | null }, linked: boolean): void {
  useEffect(() => {
    const element = frame.current;
    if (element === null || !linked) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomTo(zoom.value.scale * Math.exp(-event.deltaY / 200));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [frame, linked]);
}
