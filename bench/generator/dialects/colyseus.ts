/** Colyseus' protocol as far as messages to a room and back go. Each player gets a room: a seat in it is asked for by HTTP. */
import { request } from 'undici';
import { BINARY, type PressShape } from '../frames.ts';
import { readUint, uintBytes } from './acks.ts';
import { AnswerOrder, type Dialect, expectBytes } from './dialect.ts';

const JOIN_ROOM = 10;
const ROOM_DATA = 13;
const PRESS = [ROOM_DATA, 0xa5, ...Buffer.from('press')];
const ACK = Uint8Array.of(ROOM_DATA, 0xa3, ...Buffer.from('ack'), 0x94);
const EXECUTED = Uint8Array.of(0);

export function colyseusDialect({ buttons, hold, gap }: PressShape): Dialect {
  const order = new AnswerOrder();
  const payload = Uint8Array.of(...PRESS, 0x94, 0xce, 0, 0, 0, 0, buttons, hold, gap);
  return {
    subprotocol: undefined,
    keepsOutcomes: false,
    press: { opcode: BINARY, payload, numberAt: PRESS.length + 2, numberAs: 'uint32' },
    path: seat,
    greet(said) {
      if (said === undefined) return { kind: 'wait' };
      expectBytes(said, 0, Uint8Array.of(JOIN_ROOM));
      return { kind: 'ready', saying: { opcode: BINARY, payload: Uint8Array.of(JOIN_ROOM) } };
    },
    read(bytes, start) {
      expectBytes(bytes, start, ACK);
      const at = start + ACK.length;
      const seq = readUint(bytes, at);
      expectBytes(bytes, at + uintBytes(bytes[at] ?? 0), EXECUTED);
      return order.take(seq, 1);
    },
  };
}

async function seat(port: number): Promise<string> {
  const { body } = await request(`http://127.0.0.1:${port}/matchmake/create/press`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const text = await body.text();
  const [processId, roomId, sessionId] = ['processId', 'roomId', 'sessionId'].map((name) =>
    new RegExp(`"${name}":"([^"]+)"`).exec(text)?.at(1),
  );
  if (sessionId === undefined) throw new Error(`Colyseus gives no seat: ${text}`);
  return `/${processId}/${roomId}?sessionId=${sessionId}`;
}
