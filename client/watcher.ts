/// <reference lib="esnext.disposable" preserve="true" />
/** What a session can do beside playing: look, read, list, keep checkpoints elsewhere, subscribe, administrate, and leave. */
import type {
  CallMethod,
  ChannelName,
  EmulatorInfo,
  Encoding,
  MemoryRange,
  Params,
  PublishedLimits,
  Welcome,
} from '../shared/protocol.ts';
import { clientError } from './errors.ts';
import {
  paramsOf,
  type PicturesOptions,
  type ReadOptions,
  type ScreenOptions,
  type SoundOptions,
  type StatsOptions,
} from './options.ts';
import { type Picture, pictureReader } from './pictures.ts';
import {
  type Checkpoint,
  type Rom,
  type CheckpointBytes,
  type SessionListing,
  type EmulatorListing,
  type Memory,
  type MemoryRanges,
  readCheckpointBytes,
  readCheckpoints,
  readSessions,
  readRoms,
  readEmulators,
  readMemory,
  readScreen,
  type Screen,
} from './results.ts';
import type { ClientEvents, ClientState, Session } from './session.ts';
import { type Sound, soundReader, SOUNDS_KEPT } from './sound.ts';
import type { Stats } from '../shared/stats.ts';
import { readStats } from './stats.ts';
import type { Subscription } from './subscription.ts';

export class Watcher {
  /** The session's id. */
  readonly session: string;
  /** The leased emulator; null for a watcher. */
  readonly emulator: EmulatorInfo | null;
  /** What this gateway takes at most. */
  readonly limits: PublishedLimits;
  /** Name and version of the gateway. */
  readonly server: string;
  readonly #encoding: Encoding;
  readonly #onToken: (token: string) => void;
  readonly #session: Session;

  /** @internal What goes on inside of it, for functions beside it. */
  static inside(client: Watcher): Session {
    return client.#session;
  }

  /** @internal Use `connect`. */
  constructor(
    session: Session,
    welcome: Welcome,
    encoding: Encoding,
    onToken: (token: string) => void = () => undefined,
  ) {
    this.#onToken = onToken;
    this.session = welcome.session;
    this.emulator = welcome.emulator;
    this.limits = welcome.limits;
    this.server = welcome.server;
    this.#encoding = encoding;
    this.#session = session;
  }

  get state(): ClientState {
    return this.#session.state;
  }

  /** Calls `listener` at every event of this name; the returned function ends that. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.#session.listeners.on(name, listener);
  }

  /** The picture, after every press called before (or `now`). */
  async screen({ format = 'png', now, emulator }: ScreenOptions = {}): Promise<Screen> {
    return readScreen(await this.call('screen', { format, now, emulator }), format, this.#encoding);
  }

  /** Memory, after every press called before (or `now`). Addresses are the Game Boy's, 0 to 0xffff. */
  memory(address: number, length: number, options?: ReadOptions): Promise<Memory>;
  /** Several ranges of memory at one and the same frame. */
  memory(ranges: readonly MemoryRange[], options?: ReadOptions): Promise<MemoryRanges>;
  async memory(
    what: number | readonly MemoryRange[],
    lengthOrOptions: number | ReadOptions = {},
    options: ReadOptions = {},
  ): Promise<Memory | MemoryRanges> {
    if (typeof what === 'number') {
      const length = typeof lengthOrOptions === 'number' ? lengthOrOptions : 1;
      const { frame, memory } = await this.#memory([[what, length]], options);
      const [bytes] = memory;
      if (bytes === undefined) throw clientError('protocol_error', 'the gateway answered no memory');
      return { frame, bytes };
    }
    return this.#memory(what, typeof lengthOrOptions === 'number' ? {} : lengthOrOptions);
  }

  /** The checkpoints that fit this game. */
  async checkpoints(): Promise<readonly Checkpoint[]> {
    return readCheckpoints(await this.call('checkpoints'));
  }

  /** A checkpoint's bytes, to be kept elsewhere and uploaded again. */
  async downloadCheckpoint(name: string): Promise<CheckpointBytes> {
    return readCheckpointBytes(await this.call('download_checkpoint', { name }), this.#encoding);
  }

  /** Gives the gateway a checkpoint for this game, as `downloadCheckpoint` gave it. */
  async uploadCheckpoint(name: string, bytes: Uint8Array): Promise<void> {
    await this.call('upload_checkpoint', { name, bytes });
  }

  /** Forgets a checkpoint. */
  async deleteCheckpoint(name: string): Promise<void> {
    await this.call('delete_checkpoint', { name });
  }

  /**
   * Presents another token of the same name before the one of now expires (event `token_expiring`); the session goes on.
   * @throws JoywireError `unauthorized`
   */
  async authenticate(token: string): Promise<void> {
    await this.call('authenticate', { token });
    this.#onToken(token);
  }

  /** Every session of the gateway, for admins. @throws JoywireError `forbidden` */
  async sessions(): Promise<readonly SessionListing[]> {
    return readSessions(await this.call('sessions'));
  }

  /**
   * Ends the connection of a session, or the connection of that number, for admins: its client is told not to come back.
   * @throws JoywireError `forbidden`, `unknown_session`, `unknown_connection`
   */
  async kick(target: string | { readonly connection: number }): Promise<void> {
    await this.call('kick', typeof target === 'string' ? { session: target } : target);
  }

  /**
   * Ends a session, or every session on that emulator, and frees the emulator, for admins.
   * @throws JoywireError `forbidden`, `unknown_session`, `unknown_emulator`
   */
  async release(target: string | { readonly emulator: string }): Promise<void> {
    await this.call('release', typeof target === 'string' ? { session: target } : target);
  }

  /** The emulators of the gateway. */
  async emulators(): Promise<readonly EmulatorListing[]> {
    return readEmulators(await this.call('emulators'));
  }

  /** The ROMs that a session may ask for (`emulator.rom`), by name or hash. */
  async roms(): Promise<readonly Rom[]> {
    return readRoms(await this.call('roms'));
  }

  /**
   * Any call of the protocol. The result is as it came: `unknown`, and with binary values as base64 in JSON.
   * Without `now: true` in `params` it keeps its place behind the presses called before.
   * @throws JoywireError with the gateway's code, such as `unknown_method`
   */
  call(method: CallMethod | (string & {}), params: Params = {}): Promise<unknown> {
    return this.#session.call(method, paramsOf(params));
  }

  /** The figures now. */
  async readStats({ scope, session }: Omit<StatsOptions, 'intervalMs'> = {}): Promise<Stats> {
    return readStats(await this.call('stats', paramsOf({ scope, session })));
  }

  /** Figures again and again: `for await (const { payload } of pad.stats({ intervalMs: 500 })) …` */
  stats({ intervalMs, scope, session }: StatsOptions = {}): Subscription<Stats> {
    return this.#session.channels.subscribe('stats', paramsOf({ intervalMs, scope, session }), readStats);
  }

  /**
   * The game's picture whenever it changes, at most `fps` times a second: `for await (const { payload } of pad.pictures()) …`
   * A reader slower than that gets the newest. It ends when the game does.
   */
  pictures({ fps, scale, emulator }: PicturesOptions = {}): Subscription<Picture> {
    const read = pictureReader(this.#encoding);
    return this.#session.channels.subscribe('screen', paramsOf({ fps, scale, emulator }), read);
  }

  /**
   * The game's sound at pace `realtime`, for a game that was started with `emulator: { sound: true }`. The reader may fall behind by half
   * a second before it misses some. It ends when the game does.
   */
  sound({ emulator }: SoundOptions = {}): Subscription<Sound> {
    const read = soundReader(this.#encoding);
    return this.#session.channels.subscribe('audio', paramsOf({ emulator }), read, SOUNDS_KEPT);
  }

  /** Subscribes to a channel; each payload is `unknown`. */
  subscribe(channel: ChannelName | (string & {}), options: Params = {}): Subscription<unknown> {
    return this.#session.channels.subscribe(channel, paramsOf(options), (payload) => payload);
  }

  /**
   * Leaves: no more entries are taken, what was called runs out and is acked, the emulator is released. Resolves when closed. While
   * the session is being resumed it waits for that.
   */
  close(): Promise<void> {
    return this.bye();
  }

  /**
   * As `close`; with `discard`, what is still queued is `rejected: discarded` instead of run. While there is no connection that
   * ends the session on this side at once, and the gateway's when its time to be resumed is over.
   */
  bye({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    return this.#session.bye(discard);
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #memory(ranges: readonly MemoryRange[], options: ReadOptions): Promise<MemoryRanges> {
    return readMemory(await this.call('memory', { ranges, ...options }), this.#encoding);
  }
}
