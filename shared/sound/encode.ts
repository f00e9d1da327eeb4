/** Sound of the audio channel as bytes: a Game Boy's waves hold each level for many samples, so these are runs. */
import { ByteWriter } from '../screen/bytes.ts';

/** Stereo samples a second at normal speed. */
export const SOUND_RATE = 44_100;

/** First bytes of payloads. */
export const SOUND_CHUNK = 0;
export const SOUND_END = 2;

/** The payload that ends a subscription: the game is over. */
export const END_SOUND: Uint8Array = Uint8Array.of(SOUND_END);

export interface SoundChunk {
  /** Stereo samples that the game has made before these. More than the chunks before add up to: some are missing. */
  readonly position: number;
  /** Frames that the game had run when the last of them had sounded. */
  readonly frame: number;
  /** Stereo samples a second at which they are to be played. */
  readonly rate: number;
  /** Left, right, left, … each from -128 to 127; 64 is as loud as it gets. */
  readonly samples: Int8Array;
}

export function encodeSound({ position, frame, rate, samples }: SoundChunk): Uint8Array {
  const out = new ByteWriter();
  const count = samples.length / 2;
  out.byte(SOUND_CHUNK);
  for (const value of [position, frame, Math.round(rate), count]) out.integer(value);
  for (let at = 0; at < samples.length; ) {
    const left = samples[at] ?? 0;
    const right = samples[at + 1] ?? 0;
    let end = at + 2;
    while (end < samples.length && samples[end] === left && samples[end + 1] === right) end += 2;
    out.integer((end - at) / 2);
    out.byte(left & 0xff);
    out.byte(right & 0xff);
    at = end;
  }
  return out.take();
}
