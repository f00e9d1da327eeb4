/** What an embedded game can do; all but its memory and states is the same for every cartridge. */
import { GAME_BOY_BUTTONS } from '../../../../shared/buttons.ts';
import type { Capabilities } from '../../../../shared/protocol.ts';
import type { RomHeader } from './rom.ts';

const NATIVE_HOLD_FRAMES = 8;
const NATIVE_GAP_FRAMES = 8;
const LARGEST_BATCH = 1024;

export function capabilitiesOf(header: RomHeader, sound: boolean): Capabilities {
  return {
    buttons: GAME_BOY_BUTTONS,
    chords: true,
    timing: true,
    keys: true,
    nativeHold: NATIVE_HOLD_FRAMES,
    nativeGap: NATIVE_GAP_FRAMES,
    frames: 'exact',
    freeze: true,
    screen: true,
    ...(sound && { sound }),
    memory: header.states,
    guards: header.states,
    states: header.states,
    reset: true,
    paces: ['turbo', 'realtime'],
    largestBatch: LARGEST_BATCH,
  };
}
