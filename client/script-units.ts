/** A script -> units to send: as `script` messages where these are shorter than what the script stands for. */
import { encodeClientMessage } from '../shared/codec.ts';
import type { ClientMessage, Encoding, PublishedLimits } from '../shared/protocol.ts';
import { compileScript, type ScriptItem } from '../shared/script.ts';
import { cutScript, type ScriptPiece } from '../shared/script-cut.ts';
import { clientError } from './errors.ts';
import type { SequenceOptions } from './options.ts';
import { itemUnit } from './presses.ts';
import type { Unit } from './submission.ts';

/** What the gateway takes and how it is spoken to. */
export interface ScriptLine {
  readonly limits: PublishedLimits;
  readonly encoding: Encoding;
  /** How many entries may be outstanding. */
  readonly credit: number;
}

/** Pieces of a script have at most so much of the credit: while one runs, the next are under way. */
const PIECES_IN_CREDIT = 4;
/** Of the smallest message with a press: `[2, 1000, 1]` in msgpack, and its frame. */
const SMALLEST_BYTES = 12;
/** A seq for measuring messages: of those that a run has, most are as long. */
const SOME_SEQ = 1000;

/** @throws JoywireError `script_error` naming line and column */
export function scriptUnits(
  script: string,
  options: Omit<SequenceOptions, 'signal'>,
  line: ScriptLine,
): readonly Unit[] {
  const items = compiledScript(script, line.limits);
  // A script message has no options.
  const bare = options.observe === undefined && options.together === undefined;
  if (line.limits.maxScriptLength === undefined || !bare) {
    return items.map((item) => itemUnit(item, options, line.limits));
  }
  const mostInputs = Math.max(1, Math.floor(line.credit / PIECES_IN_CREDIT));
  return cutScript(script, items, mostInputs).flatMap((piece) => pieceUnits(piece, line));
}

/** @throws JoywireError `script_error` naming line and column */
export function compiledScript(
  script: string,
  { maxGroup, maxHoldFrames }: PublishedLimits,
): readonly ScriptItem[] {
  const compiled = compileScript(script, { maxGroup, maxHoldFrames });
  if (compiled.ok) return compiled.items;
  const { line, column, message, allowed } = compiled.error;
  const right = allowed === undefined ? '' : `; allowed: ${allowed}`;
  throw clientError('script_error', `line ${line}, column ${column}: ${message}${right}`);
}

function pieceUnits(piece: ScriptPiece, line: ScriptLine): readonly Unit[] {
  const { limits, encoding } = line;
  const units = () => piece.items.map((item) => itemUnit(item, {}, limits));
  const whole = scriptUnit(piece, units);
  if (piece.text.length > (limits.maxScriptLength ?? 0)) return units();
  const bytes = (message: ClientMessage) => frameBytes(encodeClientMessage(message, encoding).length);
  const together = bytes(whole.message(SOME_SEQ));
  if (together > limits.maxMessageBytes) return units();
  // Mostly it is so clear that the messages of which it saves the bytes need not be made.
  const singles = piece.items.every(({ kind }) => kind === 'press');
  if (singles && together < piece.inputs * SMALLEST_BYTES) return [whole];
  const plain = units();
  const apart = messagesOf(plain, SOME_SEQ).map(bytes);
  // What would have to be sent again after a break goes as plain messages: these must fit, too.
  const fits = apart.every((size) => size <= limits.maxMessageBytes);
  return fits && together < apart.reduce((sum, size) => sum + size, 0) ? [whole] : plain;
}

function scriptUnit({ text, inputs }: ScriptPiece, units: () => readonly Unit[]): Unit {
  return {
    count: inputs,
    message: (firstSeq) => ({ type: 'script', firstSeq, text }),
    plain: (firstSeq) => messagesOf(units(), firstSeq),
  };
}

function messagesOf(units: readonly Unit[], firstSeq: number): readonly ClientMessage[] {
  let seq = firstSeq;
  return units.map((unit) => {
    const message = unit.message(seq);
    seq += unit.count;
    return message;
  });
}

/** Of a WebSocket frame from a client, with its mask (RFC 6455 section 5.2). */
function frameBytes(payloadBytes: number): number {
  return payloadBytes + (payloadBytes < 126 ? 6 : payloadBytes < 65_536 ? 8 : 14);
}
