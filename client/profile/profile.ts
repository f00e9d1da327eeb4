/// <reference lib="esnext.disposable" preserve="true" />
/** Profiles of a session: of every input when it reached which stage, with this client's own part of the way. */
import { Check } from '../../shared/check.ts';
import { decodeProfile } from '../../shared/profile/decode.ts';
import type { ProfiledInput, ProfilePayload } from '../../shared/profile/input.ts';
import { Client } from '../client.ts';
import { clientError } from '../errors.ts';
import { paramsOf } from '../options.ts';
import type { Subscription } from '../subscription.ts';
import { ClockMap, type ClockOffset } from './clock-map.ts';
import { type Stamp, Stamps } from './stamps.ts';

export interface ProfileOptions {
  /** Time between parts, in ms; at least `limits.minIntervalMs`. @default 250 */
  readonly intervalMs?: number;
  /** The session to profile. @default the client's own */
  readonly session?: string;
}

/**
 * A part of a profile. All moments of its inputs are on the gateway's clock; of a client's own session also `sent`, when it was handed to
 * the connection, and `ackReceived`, as `clock` maps them.
 */
export interface ProfilePart extends ProfilePayload {
  /** Seqs between the part before and this one of which there is no profile: there was no connection. */
  readonly missing: number;
  /** How this client's clock (`performance.now()`) was mapped; undefined of another session, and before the first input. */
  readonly clock: ClockOffset | undefined;
}

/** Parts that are kept for a reader who is slower: beyond them the oldest go, and the next `from` shows it. */
const PARTS_KEPT = 256;

/**
 * Of every input that a session is sent from now on when it reached which stage, part by part:
 *
 * ```ts
 * for await (const { payload } of profile(pad)) for (const { seq, at } of payload.inputs) console.log(seq, at);
 * ```
 * The first part comes at once and is empty. It goes on when the connection breaks and the session is resumed; what was acked meanwhile is
 * counted in `missing`. `ended`: the session is over.
 */
export function profile(client: Client, options: ProfileOptions = {}): Subscription<ProfilePart> {
  const session = Client.inside(client);
  const own = client.emulator !== null && (options.session ?? client.session) === client.session;
  const reader = new PartReader(own ? new Stamps(() => session.clock.nowMs()) : undefined);
  const { stamps } = reader;
  const { stampers } = session.entries;
  const ended = () => stamps !== undefined && void stampers.delete(stamps);
  if (stamps !== undefined) stampers.add(stamps);
  const { intervalMs, session: id } = options;
  const read = (payload: unknown) => reader.read(payload);
  return session.channels.subscribe(
    'profile',
    paramsOf({ intervalMs, session: id }),
    read,
    PARTS_KEPT,
    ended,
  );
}

class PartReader {
  /** The client's own moments, of its own session. */
  readonly stamps: Stamps | undefined;
  readonly #clock = new ClockMap();
  #nextSeq: number | undefined;

  constructor(stamps: Stamps | undefined) {
    this.stamps = stamps;
  }

  read(payload: unknown): ProfilePart {
    const check = new Check();
    const part = decodeProfile(check, payload);
    if (check.problem !== undefined) throw clientError('protocol_error', `profile: ${check.problem}`);
    const missing = Math.max(0, part.from - (this.#nextSeq ?? part.from));
    this.#nextSeq = part.through + 1;
    const { stamps } = this;
    if (stamps === undefined) return { ...part, missing, clock: undefined };
    return { ...part, missing, ...this.#mapped(part.inputs, stamps) };
  }

  #mapped(inputs: readonly ProfiledInput[], stamps: Stamps): Pick<ProfilePart, 'inputs' | 'clock'> {
    const taken = inputs.map((input) => ({ input, stamp: stamps.take(input.seq) }));
    const exchanges = taken.map(({ input: { at }, stamp }) => ({
      sentUs: stamp?.sentUs,
      receivedUs: at.received,
      ackedUs: at.acked,
      ackReceivedUs: stamp?.ackReceivedUs,
    }));
    this.#clock.update(exchanges, stamps.nowUs());
    const clock = this.#clock.offset;
    return { clock, inputs: taken.map(({ input, stamp }) => withStamp(input, stamp, clock)) };
  }
}

/** Rounded away from the gateway's moments, which are whole µs. */
function withStamp(
  input: ProfiledInput,
  stamp: Stamp | undefined,
  clock: ClockOffset | undefined,
): ProfiledInput {
  if (stamp === undefined || clock === undefined) return input;
  const { sentUs, ackReceivedUs } = stamp;
  const at = {
    ...(sentUs !== undefined && { sent: Math.floor(sentUs + clock.offsetUs) }),
    ...input.at,
    ...(ackReceivedUs !== undefined && { ackReceived: Math.ceil(ackReceivedUs + clock.offsetUs) }),
  };
  return { ...input, at };
}
