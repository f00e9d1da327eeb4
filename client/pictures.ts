/** The pictures of the screen channel, as their reader gets them. */
import { Check } from '../shared/check.ts';
import type { Encoding } from '../shared/protocol.ts';
import { type IndexedPicture, ScreenDecoder } from '../shared/screen/decoder.ts';
import { bytes } from '../shared/validate-server.ts';
import { clientError } from './errors.ts';
import { LAST, PASSED_OVER, type ReadPayload } from './subscription.ts';

/** One picture. It stays as it is when the next one comes. */
export interface Picture extends IndexedPicture {
  /** RGB888, row by row. */
  rgb(): Uint8Array;
  /** RGBA8888, row by row, as the `ImageData` of a canvas takes it; written to `into` if that is given. */
  rgba(into?: Uint8ClampedArray): Uint8ClampedArray;
  /** A PNG file. */
  png(): Promise<Uint8Array>;
}

/** A reader for one subscription: every payload builds on the one before. */
export function pictureReader(encoding: Encoding): ReadPayload<Picture> {
  const decoder = new ScreenDecoder();
  return (payload) => {
    const check = new Check();
    const data = bytes(check, payload, 'payload', encoding);
    if (check.problem !== undefined) throw clientError('protocol_error', `screen: ${check.problem}`);
    const decoded = decoder.decode(data);
    switch (decoded.kind) {
      case 'picture':
        return new ScreenPicture(decoded.picture);
      case 'gap':
        return PASSED_OVER;
      case 'end':
        return LAST;
      case 'faulty':
        throw clientError('protocol_error', `screen: a picture that cannot be read: ${decoded.message}`);
    }
  };
}

class ScreenPicture implements Picture {
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint16Array;
  readonly palette: readonly number[];

  constructor({ frame, width, height, pixels, palette }: IndexedPicture) {
    this.frame = frame;
    this.width = width;
    this.height = height;
    this.pixels = pixels;
    this.palette = palette;
  }

  rgb(): Uint8Array {
    const rgb = new Uint8Array(this.pixels.length * 3);
    let at = 0;
    for (const number of this.pixels) {
      const color = this.palette[number] ?? 0;
      rgb[at++] = color >> 16;
      rgb[at++] = (color >> 8) & 0xff;
      rgb[at++] = color & 0xff;
    }
    return rgb;
  }

  rgba(into = new Uint8ClampedArray(this.pixels.length * 4)): Uint8ClampedArray {
    let at = 0;
    for (const number of this.pixels) {
      const color = this.palette[number] ?? 0;
      into[at++] = color >> 16;
      into[at++] = (color >> 8) & 0xff;
      into[at++] = color & 0xff;
      into[at++] = 0xff;
    }
    return into;
  }

  /** Loads the encoder when it is first wanted: a page that only draws does without. */
  async png(): Promise<Uint8Array> {
    const { encodePng } = await import('../shared/screen/png.ts');
    return encodePng(this.rgb(), this);
  }
}
