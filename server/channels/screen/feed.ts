/** One chain of pictures and who watches it: each gets every picture, or, where that was not possible, a key picture next (invariant I8). */
import { type ChainPicture, END_PICTURE } from '../../../shared/screen/encoder.ts';
import type { Clock } from '../../clock.ts';
import type { ChainOptions, EmulatorDriver, PictureChain } from '../../emulator/drivers/driver.ts';
import type { Emulator } from '../../emulator/emulator.ts';
import type { Subscriber } from '../channel.ts';
import { PolledPictures } from './polled.ts';

export class PictureFeed {
  readonly #emulator: Emulator;
  readonly #options: ChainOptions;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  /** The number of the picture that each has; undefined for who needs a key picture. */
  readonly #watchers = new Map<Subscriber, number | undefined>();
  readonly #stopFollowing: () => void;
  #driver: EmulatorDriver;
  #chain: PictureChain;
  #keyAsked = false;

  constructor(emulator: Emulator, options: ChainOptions, clock: Clock, onEnd: () => void) {
    this.#emulator = emulator;
    this.#options = options;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#driver = emulator.driver;
    this.#chain = this.#open();
    this.#stopFollowing = emulator.follow(() => this.#changed());
  }

  /** From now on it gets the pictures, a key picture first. */
  add(subscriber: Subscriber): void {
    // The first one gets the picture with which the chain starts.
    const first = this.#watchers.size === 0;
    this.#watchers.set(subscriber, undefined);
    if (!first) this.#askKey();
  }

  remove(subscriber: Subscriber): void {
    if (!this.#watchers.delete(subscriber) || this.#watchers.size > 0) return;
    this.#stop();
    this.#onEnd();
  }

  /** Its line takes pictures again. */
  fast(subscriber: Subscriber): void {
    if (this.#watchers.has(subscriber) && this.#watchers.get(subscriber) === undefined) this.#askKey();
  }

  #open(): PictureChain {
    this.#keyAsked = false;
    const sink = (picture: ChainPicture) => this.#take(picture);
    return (
      this.#driver.watch?.(this.#options, sink) ??
      new PolledPictures(this.#driver, this.#options, sink, this.#clock)
    );
  }

  /** One request serves all who need a key picture when it comes. */
  #askKey(): void {
    if (this.#keyAsked) return;
    this.#keyAsked = true;
    this.#chain.key();
  }

  #take({ number, key, bytes }: ChainPicture): void {
    if (key) this.#keyAsked = false;
    for (const [subscriber, has] of this.#watchers) {
      if (has === number) continue;
      if (key ? !subscriber.slow : has === number - 1 && !subscriber.slow) {
        this.#watchers.set(subscriber, number);
        subscriber.push(bytes);
      } else {
        this.#watchers.set(subscriber, undefined);
        subscriber.skip();
      }
    }
  }

  /** Another game took the place of the one before, or the emulator is no more. */
  #changed(): void {
    if (this.#emulator.closed) {
      this.#stop();
      for (const subscriber of this.#watchers.keys()) subscriber.push(END_PICTURE);
      this.#watchers.clear();
      this.#onEnd();
    } else if (this.#emulator.driver !== this.#driver) {
      this.#chain.close();
      for (const subscriber of this.#watchers.keys()) this.#watchers.set(subscriber, undefined);
      this.#driver = this.#emulator.driver;
      this.#chain = this.#open();
    }
  }

  #stop(): void {
    this.#stopFollowing();
    this.#chain.close();
  }
}
