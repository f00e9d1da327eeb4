import { describe, expect, it } from 'vitest';
import { Client } from '../../../../client/client.ts';
import { connectWith } from '../../../../client/connect.ts';
import { type ProfilePart, profile } from '../../../../client/profile/profile.ts';
import { recordProfile } from '../../../../client/profile/recording.ts';
import { encodeProfile } from '../../../../shared/profile/encode.ts';
import { type ProfiledInput, STAGES } from '../../../../shared/profile/input.ts';
import { ClientClock } from '../../../support/client-clock.ts';
import { memoryOpener, settled } from '../../../support/memory-socket.ts';
import { rowsOf } from '../../../support/profiled-inputs.ts';

/** How much more the gateway's clock shows than the client's. */
const AHEAD_US = 77_000_000;

async function play(role: 'play' | 'watch' = 'play') {
  const { openSocket, sockets } = memoryOpener();
  const clock = new ClientClock();
  const connecting = connectWith({ openSocket, clock }, 'localhost:1', { role });
  const [socket] = sockets;
  if (socket === undefined) throw new Error('no socket was opened');
  socket.welcome(role === 'watch' ? { emulator: null } : {});
  const pad = await connecting;
  await settled();
  const nowUs = () => clock.nowMs() * 1000 + AHEAD_US;
  /** Sends a press, which needs so long in and out, and a millisecond at the gateway. */
  const press = (seq: number, inMs: number, outMs: number): ProfiledInput => {
    void pad.press('A');
    clock.advance(inMs);
    const received = nowUs();
    clock.advance(1);
    const acked = nowUs();
    clock.advance(outMs);
    socket.ack(seq, 1);
    return input(seq, { received, acked });
  };
  let pushes = 0;
  const push = (from: number, inputs: readonly ProfiledInput[], change: Partial<ProfilePart> = {}) => {
    const head = { session: 's1', from, through: from + inputs.length - 1, dropped: 0, stages: STAGES };
    const payload = encodeProfile({ ...head, atUs: 0, originMs: 0, ended: false, ...change }, rowsOf(inputs));
    socket.deliver({ type: 'push', id: 1, n: ++pushes, payload });
  };
  return { pad, socket, clock, press, push };
}

function input(seq: number, at: ProfiledInput['at']): ProfiledInput {
  const what = { kind: 'press', status: 'executed', buttons: 1, hold: 8, gap: 8 } as const;
  return { seq, ...what, firstFrame: null, frames: 16, batch: undefined, at };
}

describe('a profile', () => {
  it("has the client's own moments on the gateway's clock, and says how sure they are", async () => {
    const { pad, press, push } = await play();
    const parts = profile(pad);
    const inputs = [press(1, 4, 2), press(2, 1, 3)];
    push(1, inputs);
    const { value } = await parts.next();
    // The shortest way in took 1 ms and the shortest way out 2 ms: in the middle lies half a millisecond less than the truth.
    expect(value?.payload.clock).toEqual({ offsetUs: AHEAD_US - 500, uncertaintyUs: 1500 });
    const ways = value?.payload.inputs.map(
      ({ at: { sent = 0, received = 0, acked = 0, ackReceived = 0 } }) => [
        received - sent,
        ackReceived - acked,
      ],
    );
    expect(ways).toEqual([
      [4500, 1500],
      [1500, 2500],
    ]);
    parts.close();
    expect(Client.inside(pad).entries.stampers.size).toBe(0);
  });

  it('of another session has the stages of the gateway alone', async () => {
    const { pad, push, socket } = await play('watch');
    const parts = profile(pad, { session: 's2', intervalMs: 500 });
    await settled();
    expect(socket.sent.at(-1)).toMatchObject({
      channel: 'profile',
      options: { session: 's2', intervalMs: 500 },
    });
    push(5, [input(5, { received: 1, acked: 2 })]);
    const { value } = await parts.next();
    expect(value?.payload).toMatchObject({ missing: 0, clock: undefined, inputs: [{ seq: 5 }] });
  });

  it('counts what lies between two parts and is in neither', async () => {
    const { pad, push } = await play();
    const parts = profile(pad);
    push(3, []);
    push(3, [input(3, { received: 1 })]);
    push(10, []);
    push(10, [input(10, { received: 9 })]);
    const missing: number[] = [];
    for await (const { payload } of parts) {
      missing.push(payload.missing);
      if (missing.length === 4) break;
    }
    expect(missing).toEqual([0, 0, 6, 0]);
  });

  it('that is none ends with an error that says what is wrong', async () => {
    const { pad, socket } = await play();
    const parts = profile(pad);
    socket.deliver({ type: 'push', id: 1, n: 1, payload: { session: 7 } });
    await expect(parts.next()).rejects.toMatchObject({
      code: 'protocol_error',
      message: expect.stringContaining('profile: session: got 7'),
    });
    expect(Client.inside(pad).entries.stampers.size).toBe(0);
  });
});

describe('a recording', () => {
  it('waits for what was acked when it is stopped', async () => {
    const { pad, press, push } = await play();
    const recording = recordProfile(pad);
    push(1, []);
    const inputs = [press(1, 1, 1), press(2, 1, 1)];
    push(1, inputs.slice(0, 1));
    let over = false;
    const stopped = recording.stop().finally(() => (over = true));
    await settled();
    expect(over).toBe(false);
    push(2, inputs.slice(1));
    expect((await stopped).inputs.map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await recording.stop()).inputs).toHaveLength(2);
  });

  it('gives what has come when the connection ends', async () => {
    const { pad, press, push, socket } = await play();
    const recording = recordProfile(pad);
    push(1, [press(1, 1, 1)]);
    press(2, 1, 1);
    socket.closeFromServer(1000);
    await recording.ended;
    expect((await recording.stop()).inputs.map(({ seq }) => seq)).toEqual([1]);
  });

  it('keeps the newest inputs, and counts the others', async () => {
    const { pad, press, push } = await play();
    const recording = recordProfile(pad, { maxInputs: 2 });
    push(1, [press(1, 1, 1), press(2, 1, 1), press(3, 1, 1)]);
    const { inputs, dropped } = await recording.stop();
    expect([inputs.map(({ seq }) => seq), dropped]).toEqual([[2, 3], 1]);
  });

  it('is refused with the code of the gateway', async () => {
    const { pad, socket } = await play();
    const recording = recordProfile(pad, { session: 'gone' });
    const error = {
      code: 'unknown_session',
      message: 'session "gone"',
      retryable: false,
      subscription: 1,
    } as const;
    socket.deliver({ type: 'error', callId: undefined, error });
    await expect(recording.stop()).rejects.toMatchObject({ code: 'unknown_session' });
  });

  it('ends with the session that it is about', async () => {
    const { pad, push } = await play('watch');
    const recording = recordProfile(pad, { session: 's2' });
    push(1, [input(1, { received: 1 })], { ended: true });
    await recording.ended;
    expect((await recording.stop()).inputs).toHaveLength(1);
  });
});
