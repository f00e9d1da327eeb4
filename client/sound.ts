/** The sound of the audio channel, as its reader gets it. */
import { Check } from '../shared/check.ts';
import type { Encoding } from '../shared/protocol.ts';
import { decodeSound } from '../shared/sound/decode.ts';
import type { SoundChunk } from '../shared/sound/encode.ts';
import { bytes } from '../shared/validate-server.ts';
import { clientError } from './errors.ts';
import { LAST, type ReadPayload } from './subscription.ts';

/** A piece of sound: usually two frames. `position` tells whether something is missing before it. */
export interface Sound extends SoundChunk {
  /** Left and right as an `AudioBuffer` takes them, from -1 to 1. */
  channels(): readonly [Float32Array, Float32Array];
}

/** Pieces that are kept for a reader who is slower: half a second. */
export const SOUNDS_KEPT = 15;
/** A level as loud as it gets. */
const FULL_SCALE = 64;

export function soundReader(encoding: Encoding): ReadPayload<Sound> {
  return (payload) => {
    const check = new Check();
    const data = bytes(check, payload, 'payload', encoding);
    if (check.problem !== undefined) throw clientError('protocol_error', `audio: ${check.problem}`);
    const decoded = decodeSound(data);
    switch (decoded.kind) {
      case 'chunk':
        return { ...decoded.chunk, channels: () => split(decoded.chunk.samples) };
      case 'end':
        return LAST;
      case 'faulty':
        throw clientError('protocol_error', `audio: sound that cannot be read: ${decoded.message}`);
    }
  };
}

function split(samples: Int8Array): [Float32Array, Float32Array] {
  const left = new Float32Array(samples.length / 2);
  const right = new Float32Array(samples.length / 2);
  for (let at = 0; at < left.length; at++) {
    left[at] = scaled(samples[2 * at] ?? 0);
    right[at] = scaled(samples[2 * at + 1] ?? 0);
  }
  return [left, right];
}

function scaled(level: number): number {
  return Math.max(-1, Math.min(1, level / FULL_SCALE));
}
