/** The gateway's own protocol, and the bare servers that take and answer the same bytes. */
import { decodeServerMessage, encodeClientMessage } from '../../../shared/codec.ts';
import { type ClientMessage, ENDPOINT, type Hello, SUBPROTOCOLS } from '../../../shared/protocol.ts';
import { BINARY, type PressMessage, type PressShape, type Saying } from '../frames.ts';
import { AckReader, readUint } from './acks.ts';
import { AnswerOrder, type Dialect, type Greeting } from './dialect.ts';

/** `[2, seq, buttons, hold, gap]` with seq as a 32-bit integer. */
function pressMessage({ buttons, hold, gap }: PressShape): PressMessage {
  const payload = Uint8Array.of(0x95, 2, 0xce, 0, 0, 0, 0, buttons, hold, gap);
  return { opcode: BINARY, payload, numberAt: 3, numberAs: 'uint32' };
}

export function saying(message: ClientMessage): Saying {
  const payload = encodeClientMessage(message, 'msgpack');
  if (typeof payload === 'string') throw new Error('msgpack is bytes');
  return { opcode: BINARY, payload };
}

/**
 * @param hello said first
 * @param confirms whether it says which outcomes have arrived, as the SDK does
 */
export function gatewayDialect(hello: Hello, confirms: boolean, press: PressShape): Dialect {
  const acks = new AckReader();
  const order = new AnswerOrder();
  return {
    subprotocol: SUBPROTOCOLS.msgpack,
    keepsOutcomes: confirms,
    press: pressMessage(press),
    path: async () => ENDPOINT,
    greet: (payload) => greeting(hello, payload),
    read(bytes, start, end) {
      const count = acks.read(bytes, start);
      if (count > 0) return order.take(acks.firstSeq, count);
      // Errors are faults of the run; credit and events are of no interest.
      const decoded = decodeServerMessage(bytes.subarray(start, end), 'msgpack');
      if (!decoded.ok || decoded.message.type === 'error') throw new Error(JSON.stringify(decoded));
      return 0;
    },
  };
}

/** A server that knows no session: presses are taken at once. */
export function bareDialect(answers: 'echo' | 'acks', press: PressShape): Dialect {
  const acks = new AckReader();
  const order = new AnswerOrder();
  return {
    subprotocol: SUBPROTOCOLS.msgpack,
    keepsOutcomes: false,
    press: pressMessage(press),
    path: async () => ENDPOINT,
    greet: () => ({ kind: 'ready' }),
    read(bytes, start) {
      if (answers === 'echo') return order.take(readUint(bytes, start + 2), 1);
      const count = acks.read(bytes, start);
      return order.take(acks.firstSeq, count);
    },
  };
}

function greeting(hello: Hello, payload: Buffer | undefined): Greeting {
  // It hangs up without a bye: its emulator is to be free then.
  if (payload === undefined)
    return { kind: 'say', saying: saying({ type: 'hello', hello: { resumeMs: 0, ...hello } }) };
  const decoded = decodeServerMessage(payload, 'msgpack');
  // In line for the emulator of a connection that has just gone.
  if (decoded.ok && decoded.message.type === 'event') return { kind: 'wait' };
  if (decoded.ok && decoded.message.type === 'welcome') return { kind: 'ready' };
  throw new Error(`no welcome: ${JSON.stringify(decoded)}`);
}
