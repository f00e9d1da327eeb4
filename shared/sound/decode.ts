/** Reads payloads of the audio channel. Takes any bytes: what it cannot read is said, never thrown. */
import { ByteReader } from '../screen/bytes.ts';
import { SOUND_CHUNK, SOUND_END, type SoundChunk } from './encode.ts';

export type SoundDecoding =
  | { readonly kind: 'chunk'; readonly chunk: SoundChunk }
  /** The game is over; nothing more comes. */
  | { readonly kind: 'end' }
  | { readonly kind: 'faulty'; readonly message: string };

/** Longest chunk worth believing: ten seconds. */
const MOST_SAMPLES = 441_000;

export function decodeSound(payload: Uint8Array): SoundDecoding {
  const reader = new ByteReader(payload);
  const kind = reader.byte();
  if (kind === SOUND_END) return { kind: 'end' };
  if (kind !== SOUND_CHUNK) return faulty(`a payload of kind ${kind}`);
  const position = reader.integer();
  const frame = reader.integer();
  const rate = reader.integer();
  const count = reader.integer();
  if (count > MOST_SAMPLES || rate === 0 || reader.overrun) return faulty('a head that cannot be');
  const samples = new Int8Array(2 * count);
  for (let at = 0; at < samples.length; ) {
    const end = at + 2 * reader.integer();
    const left = reader.byte();
    const right = reader.byte();
    if (reader.overrun || end === at || end > samples.length) return faulty('a run that cannot be');
    for (; at < end; at += 2) {
      samples[at] = left;
      samples[at + 1] = right;
    }
  }
  return { kind: 'chunk', chunk: { position, frame, rate, samples } };
}

function faulty(message: string): SoundDecoding {
  return { kind: 'faulty', message };
}
