/** The game's picture on a canvas: pixel for pixel, as large as fits in whole device pixels. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Client } from '../../index.ts';
import { drawPictures, SCREEN_HEIGHT, SCREEN_WIDTH } from '../gateway/pictures.ts';

interface ScreenProps {
  readonly client: Client;
  /** Absent: the client's own. */
  readonly emulator?: string;
  readonly fps: number;
  /** What is to be seen, as its accessible name. */
  readonly label: string;
  /** `fit`: as large as the box around it allows; `card`: as wide as the box. */
  readonly size: 'fit' | 'card';
  /** Told the canvas when it is there. */
  readonly onCanvas?: (canvas: HTMLCanvasElement) => void;
  readonly onPicture?: (frame: number) => void;
}

export function Screen({ client, emulator, fps, label, size, onCanvas, onPicture }: ScreenProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [seen, setSeen] = useState(false);
  const [over, setOver] = useState(false);
  const shown = useRef(onPicture);
  shown.current = onPicture;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    onCanvas?.(element);
    setOver(false);
    return drawPictures(client, { fps, ...(emulator !== undefined && { emulator }) }, element, {
      shown(frame) {
        setSeen(true);
        element.dataset['frame'] = String(frame);
        shown.current?.(frame);
      },
      ended: () => setOver(true),
    });
  }, [client, emulator, fps]);
  useIntegerScale(canvas, size);
  return (
    <canvas
      ref={canvas}
      class={`screen screen-${size}${seen ? ' screen-lit' : ''}${over ? ' screen-over' : ''}`}
      width={SCREEN_WIDTH}
      height={SCREEN_HEIGHT}
      role="img"
      aria-label={label}
    />
  );
}

/** Keeps the canvas at the largest whole multiple of device pixels that fits into its stage, together with the bezel around it. */
function useIntegerScale(
  canvas: { readonly current: HTMLCanvasElement | null },
  size: ScreenProps['size'],
): void {
  useLayoutEffect(() => {
    const element = canvas.current;
    const bezel = element?.closest<HTMLElement>('.bezel');
    const stage = element?.closest('.stage');
    if (size === 'card' || !element || !bezel || !stage) return;
    const fit = () => {
      const style = getComputedStyle(bezel);
      const beside = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
      const above = bezel.offsetHeight - element.offsetHeight;
      const room = Math.min(
        (stage.clientWidth - beside - 2) / SCREEN_WIDTH,
        (stage.clientHeight - above) / SCREEN_HEIGHT,
      );
      const ratio = devicePixelRatio;
      const scale = Math.max(1, Math.floor(room * ratio)) / ratio;
      element.style.width = `${SCREEN_WIDTH * scale}px`;
      element.style.height = `${SCREEN_HEIGHT * scale}px`;
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(stage);
    return () => observer.disconnect();
  }, [size]);
}
