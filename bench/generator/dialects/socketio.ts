/**
 * Socket.IO's protocol (version 5, over Engine.IO 4) as far as an event with an acknowledgement goes. An engine message of text begins
 * with `4`; one of bytes is a packet as it is.
 */
import { BINARY, FIRST_OF_SEVEN_DIGITS, type PressShape, TEXT } from '../frames.ts';
import { readUint, uintBytes } from './acks.ts';
import { AnswerOrder, type Dialect, expectBytes } from './dialect.ts';

const PATH = '/socket.io/?EIO=4&transport=websocket';
const CONNECT = '40';
const EVENT = '42';
const ACK = Buffer.from('43');
const DIGITS = 7;
/** After the id: `[0,` and the frames. */
const EXECUTED = Buffer.from('[0,');

/** The parser that Socket.IO has by default: JSON behind digits. */
export function socketIoDialect({ buttons, hold, gap }: PressShape): Dialect {
  const order = new AnswerOrder();
  const payload = Buffer.from(`${EVENT}${FIRST_OF_SEVEN_DIGITS}["press",${buttons},${hold},${gap}]`);
  return {
    subprotocol: undefined,
    keepsOutcomes: false,
    press: { opcode: TEXT, payload, numberAt: EVENT.length, numberAs: 'digits' },
    path: async () => PATH,
    greet(said) {
      if (said === undefined) return { kind: 'wait' };
      if (said[0] === 0x30) return { kind: 'say', saying: { opcode: TEXT, payload: Buffer.from(CONNECT) } };
      expectBytes(said, 0, Buffer.from(CONNECT));
      return { kind: 'ready' };
    },
    read(bytes, start) {
      expectBytes(bytes, start, ACK);
      const id = start + ACK.length;
      let number = 0;
      for (let i = 0; i < DIGITS; i++) number = number * 10 + (bytes[id + i] ?? 0) - 0x30;
      expectBytes(bytes, id + DIGITS, EXECUTED);
      return order.take(number - FIRST_OF_SEVEN_DIGITS, 1);
    },
  };
}

/** `socket.io-msgpack-parser`: a packet is a map. */
export function socketIoMsgpackDialect({ buttons, hold, gap }: PressShape): Dialect {
  const order = new AnswerOrder();
  const head = [...text('type'), 2, ...text('data'), 0x94, ...text('press'), buttons, hold, gap];
  const payload = Uint8Array.of(0x84, ...head, ...text('nsp'), ...text('/'), ...text('id'), 0xce, 0, 0, 0, 0);
  return {
    subprotocol: undefined,
    keepsOutcomes: false,
    press: { opcode: BINARY, payload, numberAt: payload.length - 4, numberAs: 'uint32' },
    path: async () => PATH,
    greet(said) {
      if (said === undefined) return { kind: 'wait' };
      // The engine's own handshake is text; the packet that confirms the connection follows it.
      if (said[0] === 0x30) return { kind: 'say', saying: { opcode: BINARY, payload: CONNECT_PACKET } };
      expectBytes(said, 0, CONNECTED);
      return { kind: 'ready' };
    },
    read(bytes, start) {
      expectBytes(bytes, start, ID_HEAD);
      const at = start + ID_HEAD.length;
      const id = readUint(bytes, at);
      expectBytes(bytes, at + uintBytes(bytes[at] ?? 0), EXECUTED_PACKET);
      return order.take(id, 1);
    },
  };
}

/** A short string in msgpack. */
function text(value: string): number[] {
  return [0xa0 | value.length, ...Buffer.from(value)];
}

const CONNECT_PACKET = Uint8Array.of(0x82, ...text('type'), 0, ...text('nsp'), ...text('/'));
const CONNECTED = Uint8Array.of(0x83, ...text('type'), 0);
/** An acknowledgement begins with its id; its type, the status and the frames follow. */
const ID_HEAD = Uint8Array.of(0x84, ...text('id'));
const EXECUTED_PACKET = Uint8Array.of(...text('type'), 3, ...text('data'), 0x93, 0);
