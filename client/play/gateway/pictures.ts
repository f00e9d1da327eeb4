/** The live picture of an emulator, drawn on a canvas. The one place that knows how pictures come. */
import type { Client } from '../../index.ts';

/** The Game Boy's screen, in pixels. */
export const SCREEN_WIDTH = 160;
export const SCREEN_HEIGHT = 144;

export interface PictureWish {
  /** The emulator; absent: the client's own. */
  readonly emulator?: string;
  /** Most pictures a second. */
  readonly fps: number;
}

export interface PictureSink {
  /** A new picture is on the canvas. @param frame frames that the game had run when it was shown */
  shown(frame: number): void;
  /** No more come. */
  ended(): void;
}

/** Draws until the returned function is called. */
export function drawPictures(
  client: Client,
  { emulator, fps }: PictureWish,
  canvas: HTMLCanvasElement,
  sink: PictureSink,
): () => void {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return () => undefined;
  const image = context.createImageData(SCREEN_WIDTH, SCREEN_HEIGHT);
  const pictures = client.pictures({ fps, ...(emulator !== undefined && { emulator }) });
  let stopped = false;
  const draw = async () => {
    for await (const { payload } of pictures) {
      payload.rgba(image.data);
      context.putImageData(image, 0, 0);
      sink.shown(payload.frame);
    }
  };
  draw()
    .catch(() => undefined) // The line, the lobby or the game tells what is the matter.
    .finally(() => {
      if (!stopped) sink.ended();
    });
  return () => {
    stopped = true;
    pictures.close();
  };
}
