/** Pictures and clips of the game as files. Enlarged, for whoever they are sent to sees them without this page. */
import { SCREEN_HEIGHT, SCREEN_WIDTH } from '../gateway/pictures.ts';

/** How much larger than the screen files are. */
const SCALE = 4;

/** Offers a file to be kept. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** `overworld-2026-01-31-120000.png` */
export function fileName(rom: string, extension: string, now = new Date()): string {
  const stamp = now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
  return `${rom.replace(/[^\w-]+/g, '-')}-${stamp}.${extension}`;
}

export async function screenshot(screen: HTMLCanvasElement): Promise<Blob> {
  const { canvas, draw } = enlarged(screen);
  draw();
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture')) : resolve(blob)), 'image/png');
  });
}

/** A small picture of the screen as a `data:` URL. */
export function thumbnail(screen: HTMLCanvasElement): string {
  return screen.toDataURL('image/png');
}

const CLIP_TYPES = ['video/webm;codecs=vp9', 'video/webm', 'video/mp4'];

/** Whether this browser can record at all. */
export function canRecord(): boolean {
  return (
    typeof MediaRecorder !== 'undefined' && CLIP_TYPES.some((type) => MediaRecorder.isTypeSupported(type))
  );
}

export interface Clip {
  /** Ends the recording. */
  finish(): Promise<Blob>;
}

/** Records the screen until it is finished. */
export function recordClip(screen: HTMLCanvasElement): Clip {
  const { canvas, draw } = enlarged(screen);
  const type = CLIP_TYPES.find((candidate) => MediaRecorder.isTypeSupported(candidate));
  const stream = canvas.captureStream(60);
  const recorder = new MediaRecorder(stream, {
    videoBitsPerSecond: 6_000_000,
    ...(type !== undefined && { mimeType: type }),
  });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  let handle = 0;
  const follow = () => {
    draw();
    handle = requestAnimationFrame(follow);
  };
  follow();
  recorder.start(1000);
  return {
    finish: () =>
      new Promise((resolve) => {
        recorder.onstop = () => {
          cancelAnimationFrame(handle);
          for (const track of stream.getTracks()) track.stop();
          resolve(new Blob(parts, { type: recorder.mimeType }));
        };
        recorder.stop();
      }),
  };
}

function enlarged(screen: HTMLCanvasElement): { canvas: HTMLCanvasElement; draw: () => void } {
  const canvas = document.createElement('canvas');
  canvas.width = SCREEN_WIDTH * SCALE;
  canvas.height = SCREEN_HEIGHT * SCALE;
  const context = canvas.getContext('2d', { alpha: false });
  if (context !== null) context.imageSmoothingEnabled = false;
  return { canvas, draw: () => context?.drawImage(screen, 0, 0, canvas.width, canvas.height) };
}
