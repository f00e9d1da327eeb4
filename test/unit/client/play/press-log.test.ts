import { describe, expect, it } from 'vitest';
import {
  BUTTONS,
  type Capabilities,
  type EmulatorInfo,
  type EntryOutcome,
} from '../../../../client/index.ts';
import { InputLog } from '../../../../client/play/play/input-log.ts';
import { medianTotalMs, type Press, pressOf, withPress } from '../../../../client/play/play/press-log.ts';

const CAPABILITIES: Capabilities = {
  buttons: 255,
  chords: true,
  timing: true,
  keys: true,
  nativeHold: 8,
  nativeGap: 8,
  frames: 'exact',
  freeze: true,
  screen: true,
  memory: true,
  states: true,
  reset: true,
  paces: ['turbo', 'realtime'],
  largestBatch: 1024,
};

function outcome(fields: Partial<EntryOutcome> = {}): EntryOutcome {
  return {
    seq: 1,
    status: 'executed',
    firstFrame: 40,
    frames: 1,
    certainty: 'exact',
    detail: undefined,
    batch: { id: 1, size: 1, reason: 'idle', queuedUs: 500, driverUs: 9500 },
    ...fields,
  };
}

describe('a press', () => {
  it('says what went down and up, and splits its time', () => {
    const press = pressOf(BUTTONS.A, BUTTONS.UP, outcome(), 14);
    expect(press).toMatchObject({ down: BUTTONS.UP, up: BUTTONS.A, frame: 40 });
    expect(press.split).toEqual({ toGatewayMs: 2, queueMs: 0.5, emulatorMs: 9.5, backMs: 2, totalMs: 14 });
  });

  it('has no way shorter than nothing, when clocks disagree', () => {
    expect(pressOf(0, 1, outcome(), 8).split).toMatchObject({ toGatewayMs: 0, backMs: 0 });
  });

  it('that was rejected has no split', () => {
    const rejected = outcome({ status: 'rejected', firstFrame: null, batch: undefined });
    expect(pressOf(0, 1, rejected, 3)).toMatchObject({ status: 'rejected', frame: null, split: undefined });
  });

  it('is kept for a while, the newest first', () => {
    let presses: readonly Press[] = [];
    for (let seq = 1; seq <= 150; seq++) {
      presses = withPress(presses, pressOf(0, 1, outcome({ seq }), seq));
    }
    expect(presses).toHaveLength(100);
    expect(presses[0]?.seq).toBe(150);
    expect(medianTotalMs(presses)).toBe(141);
    expect(medianTotalMs([])).toBeUndefined();
  });
});

describe('the input log', () => {
  it('has every entry with its frame, as JSON', () => {
    const log = new InputLog();
    log.add({ what: 'keys', buttons: BUTTONS.A | BUTTONS.UP }, outcome({ seq: 7 }));
    log.add({ what: 'save', detail: 'slot-1' }, outcome({ seq: 8, firstFrame: 41, frames: 0 }));
    const emulator: EmulatorInfo = {
      id: 'embedded-1',
      kind: 'embedded',
      rom: 'a.gb',
      romHash: 'ff',
      frame: 0,
      capabilities: CAPABILITIES,
    };
    expect(JSON.parse(log.format('s', emulator))).toEqual({
      format: 'joywire-inputs/1',
      session: 's',
      emulator: 'embedded-1',
      rom: 'a.gb',
      romHash: 'ff',
      dropped: 0,
      entries: [
        { seq: 7, frame: 40, status: 'executed', what: 'keys', buttons: 'A+UP' },
        { seq: 8, frame: 41, status: 'executed', what: 'save', detail: 'slot-1' },
      ],
    });
  });
});
