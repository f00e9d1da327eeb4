/**
 * Plays the sample session of docs/protocol.md against a gateway and writes down every frame; and reads such a record out of
 * the page again.
 */
import { WebSocket } from 'ws';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  type FrameData,
} from '../../shared/codec.ts';
import {
  type ClientMessage,
  ENDPOINT,
  type Encoding,
  type Press,
  type ServerMessage,
  SUBPROTOCOLS,
} from '../../shared/protocol.ts';

export interface RecordedFrame {
  readonly from: 'client' | 'gateway';
  readonly data: FrameData;
}

/** The frames of a session in order, and the code with which the gateway closed it. */
export interface SessionRecord {
  readonly frames: readonly RecordedFrame[];
  readonly closeCode: number;
}

interface Exchange {
  readonly say: ClientMessage;
  /** How many messages answer it; the next is sent when they are here, so that the record is the same every time. */
  readonly answers: number;
}

function press(buttons: number, hold?: number, gap?: number): Press {
  return { buttons, hold, gap, options: undefined };
}

/** Nothing here waits: `adaptive` has not learned anything yet. */
const SESSION: readonly Exchange[] = [
  { say: { type: 'hello', hello: { client: 'sample/1', label: 'sample session' } }, answers: 1 },
  { say: { type: 'input', seq: 1, press: press(1) }, answers: 1 },
  {
    say: { type: 'inputs', firstSeq: 2, presses: [press(16, 4, 0), press(65, 2, 2)], options: undefined },
    answers: 1,
  },
  { say: { type: 'keys', seq: 4, buttons: 128 }, answers: 1 },
  { say: { type: 'input', seq: 5, press: press(256) }, answers: 1 },
  { say: { type: 'command', seq: 6, command: { method: 'load', name: 'before-door' } }, answers: 1 },
  {
    say: { type: 'call', id: 1, method: 'configure', params: { batching: { strategy: 'eager' } } },
    answers: 1,
  },
  { say: { type: 'call', id: 2, method: 'screen', params: {} }, answers: 1 },
  { say: { type: 'subscribe', id: 1, channel: 'stats', options: { intervalMs: 60_000 } }, answers: 1 },
  { say: { type: 'unsubscribe', id: 1 }, answers: 0 },
  { say: { type: 'received', throughSeq: 6 }, answers: 0 },
  { say: { type: 'input', seq: 8, press: press(1) }, answers: 1 },
  { say: { type: 'ping', n: 1 }, answers: 1 },
  { say: { type: 'bye', discard: false }, answers: 0 },
];

/** @param url `ws://host:port` of a gateway whose emulators are of kind `noop` */
export async function recordSession(url: string, encoding: Encoding): Promise<SessionRecord> {
  const frames: RecordedFrame[] = [];
  let heard = 0;
  let wake = () => {};
  const socket = new WebSocket(`${url}${ENDPOINT}`, SUBPROTOCOLS[encoding]);
  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) throw new Error('a frame is a buffer');
    frames.push({ from: 'gateway', data: isBinary ? new Uint8Array(data) : data.toString() });
    heard++;
    wake();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      wake();
      resolve(code);
    });
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  let expected = 0;
  for (const { say, answers } of SESSION) {
    const data = encodeClientMessage(say, encoding);
    frames.push({ from: 'client', data });
    socket.send(data);
    expected += answers;
    while (heard < expected) {
      if (socket.readyState !== socket.OPEN) throw new Error(`closed before the answer to ${say.type}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { frames, closeCode: await closed };
}

/** What a frame says, whatever its encoding. @throws when it says nothing that is right */
export function meaningOf({ from, data }: RecordedFrame, encoding: Encoding): ClientMessage | ServerMessage {
  const decoded =
    from === 'client' ? decodeClientMessage(data, encoding) : decodeServerMessage(data, encoding);
  if (!decoded.ok) throw new Error(`${from}: ${decoded.fault.message}`);
  return decoded.message;
}

const LINE_WIDTH = 100;
const ARROW = { client: '→', gateway: '←' } as const;

/** The record as the page shows it: an arrow and the frame; msgpack as hex, which goes on in indented lines. */
export function formatRecord({ frames, closeCode }: SessionRecord): string {
  const lines = frames.flatMap(({ from, data }) => {
    const text = typeof data === 'string' ? [data] : hexLines(data);
    return text.map((line, index) => `${index === 0 ? ARROW[from] : ' '} ${line}`);
  });
  return [...lines, `${ARROW.gateway} close ${closeCode}`].join('\n');
}

/** The reverse of `formatRecord`. */
export function parseRecord(text: string, encoding: Encoding): SessionRecord {
  const texts: { from: RecordedFrame['from']; text: string }[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const [mark, rest] = [line.slice(0, 1), line.slice(2)];
    const last = texts.at(-1);
    if (mark !== ' ') texts.push({ from: mark === ARROW.client ? 'client' : 'gateway', text: rest });
    else if (last !== undefined) last.text += rest;
  }
  const closeCode = Number(texts.pop()?.text.replace('close ', ''));
  const frames = texts.map((frame) => ({
    from: frame.from,
    data: encoding === 'json' ? frame.text : new Uint8Array(Buffer.from(frame.text, 'hex')),
  }));
  return { frames, closeCode };
}

function hexLines(bytes: Uint8Array): string[] {
  const hex = Buffer.from(bytes).toString('hex');
  return hex.match(new RegExp(`.{1,${LINE_WIDTH}}`, 'g')) ?? [];
}
