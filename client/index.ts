/** Joywire's client SDK for Node and browsers: its public names, and nothing else. */
import { openSocket } from '#open-socket';
import type { Client } from './client.ts';
import { systemClock } from './clock.ts';
import { connectWith } from './connect.ts';
import type { ConnectOptions } from './options.ts';
import { Pool } from './pool.ts';

/**
 * Opens a session on a gateway; resolves once an emulator is leased and ready for presses.
 *
 * ```ts
 * await using pad = await connect('127.0.0.1:8080', { label: 'first try' });
 * const outcomes = await pad.send('START W:60 RIGHT*3 A+B');
 * for (const { seq, status, firstFrame, frames } of outcomes) console.log(seq, status, firstFrame, frames);
 * ```
 * @param address `host:port`, or a URL with http, https, ws or wss; with or without `/v1`
 * @throws JoywireError with a code of `CLIENT_ERRORS`, a code of the gateway's request errors, or a close code's name
 */
export function connect(address: string, options: ConnectOptions = {}): Promise<Client> {
  return connectWith({ openSocket, clock: systemClock }, address, options);
}

/**
 * The emulators of a gateway, to acquire from:
 *
 * ```ts
 * await using pool = openPool('127.0.0.1:8080', { emulator: { kind: 'embedded' } });
 * await using pad = await pool.acquire({ onWaiting: (place) => console.log(`number ${place} in line`) });
 * ```
 * @param options for every session
 */
export function openPool(address: string, options: ConnectOptions = {}): Pool {
  return new Pool(address, options, connect);
}

export { BUTTONS, buttonNames, formatButtons, parseButtons } from '../shared/buttons.ts';
export type { ButtonName } from '../shared/buttons.ts';
export { JoywireError } from '../shared/errors.ts';
export type { EntryCode, RequestCode } from '../shared/errors.ts';
export type { Guard, GuardEffect, GuardOp, GuardStop } from '../shared/guards.ts';
export type {
  BatchInfo,
  Batching,
  Capabilities,
  Certainty,
  Detail,
  EmulatorInfo,
  Encoding,
  FlushReason,
  MemoryRange,
  Observe,
  Observed,
  OnFailure,
  Outcome,
  Pace,
  Params,
  PublishedLimits,
  Status,
} from '../shared/protocol.ts';
export { compileScript, formatScript } from '../shared/script.ts';
export type { ScriptError, ScriptItem, ScriptLimits, ScriptResult } from '../shared/script.ts';
export type { Backoff } from '../shared/backoff.ts';
export type { Client, SavedGame } from './client.ts';
export type { ControlChange, ControlRequest, OnControlRequested, OtherSession } from './control.ts';
export { CLIENT_ERRORS } from './errors.ts';
export type { ClientErrorCode } from './errors.ts';
export type { Macro, MacroUse } from './macros.ts';
export type {
  ConnectOptions,
  GroupOptions,
  PicturesOptions,
  PressDetails,
  PressOptions,
  PressSpec,
  ReconnectOptions,
  ReadOptions,
  ScreenOptions,
  SendOptions,
  SequenceOptions,
  Settings,
  SoundOptions,
  StatsOptions,
} from './options.ts';
export type { EntryOutcome } from './pending.ts';
export type { Picture } from './pictures.ts';
export type { Pool } from './pool.ts';
export type { Rollout, RolloutOptions } from './rollout.ts';
export type { RunCode, RunResult, RunSpec, RunStatus, RunWants } from '../shared/rollout.ts';
export type { ClockOffset } from './profile/clock-map.ts';
export { profile } from './profile/profile.ts';
export type { ProfileOptions, ProfilePart } from './profile/profile.ts';
export { recordProfile } from './profile/recording.ts';
export type { Profile, ProfileRecording, RecordingOptions } from './profile/recording.ts';
export type { AckEvent, ClientEvents, ClientState, Goaway, ServerEvent } from './session.ts';
export type {
  Checkpoint,
  CheckpointBytes,
  EmulatorListing,
  Memory,
  MemoryRanges,
  SessionListing,
  Rom,
  Screen,
} from './results.ts';
export type { Moment, Moments, ProfiledBatch, ProfiledInput, Stage } from '../shared/profile/input.ts';
export { SEGMENTS, segmentsOf } from '../shared/profile/segments.ts';
export type { Segment, SegmentName } from '../shared/profile/segments.ts';
export { profileSummary } from '../shared/profile/summary.ts';
export type { ProfileSummary, SegmentFigures } from '../shared/profile/summary.ts';
export { profileTrace } from '../shared/profile/trace.ts';
export type { ProfileSource, Trace, TraceEvent } from '../shared/profile/trace.ts';
export type { LatencyFigures, Stats, StatsSpan } from '../shared/stats.ts';
export type { Sound } from './sound.ts';
export type { Push, Subscription } from './subscription.ts';
