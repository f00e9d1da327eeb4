/** The `audio` channel: the sound of a game at pace `realtime`, made once for all who listen. */
import { Check } from '../../../shared/check.ts';
import type { Params } from '../../../shared/protocol.ts';
import { END_SOUND } from '../../../shared/sound/encode.ts';
import { errorBody } from '../../connection/request-error.ts';
import type { EmulatorDriver, SoundStream } from '../../emulator/drivers/driver.ts';
import type { Emulator } from '../../emulator/emulator.ts';
import type { Channel, Subscriber, SubscribeResult } from '../channel.ts';
import { findEmulator, type RunningEmulators } from '../emulator-option.ts';

export class AudioChannel implements Channel {
  readonly name = 'audio';
  readonly #deps: RunningEmulators;
  readonly #feeds = new Map<Emulator, SoundFeed>();

  constructor(deps: RunningEmulators) {
    this.#deps = deps;
  }

  subscribe(options: Params, subscriber: Subscriber): SubscribeResult {
    const found = findEmulator(new Check(), options, subscriber, this.#deps);
    if (!found.ok) return found;
    const { emulator } = found;
    if (emulator.capabilities.sound !== true) {
      const message = `audio: ${emulator.id} was started without sound`;
      const allowed = 'an embedded emulator whose hello had emulator.sound: true';
      return { ok: false, error: errorBody('unsupported', message, { allowed }) };
    }
    const feed = this.#feeds.get(emulator) ?? new SoundFeed(emulator, () => this.#feeds.delete(emulator));
    this.#feeds.set(emulator, feed);
    feed.add(subscriber);
    return { ok: true, close: () => feed.remove(subscriber) };
  }
}

/** Who listens to one emulator. On a slow line the newest chunk replaces the ones before, and its position shows it. */
class SoundFeed {
  readonly #emulator: Emulator;
  readonly #onEnd: () => void;
  readonly #listeners = new Set<Subscriber>();
  readonly #stopFollowing: () => void;
  #driver: EmulatorDriver;
  #stream: SoundStream | undefined;

  constructor(emulator: Emulator, onEnd: () => void) {
    this.#emulator = emulator;
    this.#onEnd = onEnd;
    this.#driver = emulator.driver;
    this.#stream = this.#open();
    this.#stopFollowing = emulator.follow(() => this.#changed());
  }

  add(subscriber: Subscriber): void {
    this.#listeners.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    if (!this.#listeners.delete(subscriber) || this.#listeners.size > 0) return;
    this.#stop();
  }

  #open(): SoundStream | undefined {
    return this.#driver.listen?.((bytes) => {
      for (const listener of this.#listeners) listener.push(bytes);
    });
  }

  /** Another game took the place of the one before, or the emulator is no more. */
  #changed(): void {
    if (this.#emulator.closed) {
      for (const listener of this.#listeners) listener.push(END_SOUND);
      this.#listeners.clear();
      this.#stop();
    } else if (this.#emulator.driver !== this.#driver) {
      this.#stream?.close();
      this.#driver = this.#emulator.driver;
      this.#stream = this.#open();
    }
  }

  #stop(): void {
    this.#stopFollowing();
    this.#stream?.close();
    this.#onEnd();
  }
}
