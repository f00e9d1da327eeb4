/** Bytes <-> messages: the only place where either becomes the other. Nothing here throws on what came from outside. */
import { Packr, Unpackr } from 'msgpackr';
import { fastAck } from './fast-ack.ts';
import { fastInput } from './fast-input.ts';
import { scanJson } from './json-scan.ts';
import { scanMsgpack } from './msgpack-scan.ts';
import { type ClientMessage, type Encoding, LIMITS, type ServerMessage } from './protocol.ts';
import { type Decoded, validateClientMessage } from './validate.ts';
import { validateServerMessage } from './validate-server.ts';
import { clientWire, serverWire } from './wire.ts';

// Plain msgpack for any language: no records, and 64-bit integers as numbers where they fit.
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** A binary frame (msgpack) or a text frame (JSON), as a WebSocket takes it. */
export type FrameData = Uint8Array | string;

export function encodeClientMessage(message: ClientMessage, encoding: Encoding): FrameData {
  return encode(clientWire(message, encoding), encoding);
}

export function encodeServerMessage(message: ServerMessage, encoding: Encoding): FrameData {
  const ack = encoding === 'msgpack' && message.type === 'ack' ? fastAck(message) : undefined;
  return ack ?? encode(serverWire(message, encoding), encoding);
}

export function decodeClientMessage(data: FrameData, encoding: Encoding): Decoded<ClientMessage> {
  const input = encoding === 'msgpack' && typeof data !== 'string' ? fastInput(data) : undefined;
  if (input !== undefined) return { ok: true, message: input };
  const raw = decode(data, encoding);
  return raw.ok ? validateClientMessage(raw.message, encoding) : raw;
}

export function decodeServerMessage(data: FrameData, encoding: Encoding): Decoded<ServerMessage> {
  const raw = decode(data, encoding);
  return raw.ok ? validateServerMessage(raw.message, encoding) : raw;
}

function encode(wire: readonly unknown[], encoding: Encoding): FrameData {
  return encoding === 'json' ? JSON.stringify(wire) : packr.pack(wire);
}

function decode(data: FrameData, encoding: Encoding): Decoded<unknown> {
  if (encoding === 'json') {
    return typeof data === 'string' ? decodeJson(data) : payload('binary data on the JSON subprotocol');
  }
  return typeof data === 'string' ? payload('text on the msgpack subprotocol') : decodeMsgpack(data);
}

function decodeMsgpack(bytes: Uint8Array): Decoded<unknown> {
  const problem = scanMsgpack(bytes, LIMITS.maxDepth);
  if (problem !== undefined) return payload(`not a msgpack message: ${problem}`);
  try {
    return { ok: true, message: unpackr.unpack(bytes) };
  } catch (error) {
    return payload(`not a msgpack message: ${reason(error)}`);
  }
}

function decodeJson(text: string): Decoded<unknown> {
  const problem = scanJson(text, LIMITS.maxDepth);
  if (problem !== undefined) return payload(`not a JSON message: ${problem}`);
  try {
    return { ok: true, message: JSON.parse(text) };
  } catch (error) {
    return payload(`not a JSON message: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function payload(message: string): Decoded<never> {
  return { ok: false, fault: { kind: 'payload', message } };
}
