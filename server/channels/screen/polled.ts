/** Pictures of a driver that has no thread to encode them in: looked at now and then, and encoded here. */
import { ScreenEncoder } from '../../../shared/screen/encoder.ts';
import type { Clock, Timer } from '../../clock.ts';
import type { ChainOptions, ChainSink, EmulatorDriver, PictureChain } from '../../emulator/drivers/driver.ts';

/** Most looks a second at an emulator behind HTTP: each may be a request, and takes the gateway's own thread. */
const MOST_POLLS = 5;

export class PolledPictures implements PictureChain {
  readonly #driver: EmulatorDriver;
  readonly #encoder: ScreenEncoder;
  readonly #sink: ChainSink;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #timer: Timer | undefined;
  #closed = false;

  constructor(driver: EmulatorDriver, { fps, scale }: ChainOptions, sink: ChainSink, clock: Clock) {
    this.#driver = driver;
    this.#encoder = new ScreenEncoder(scale);
    this.#sink = sink;
    this.#clock = clock;
    this.#intervalMs = 1000 / Math.min(fps, MOST_POLLS);
    void this.#look();
  }

  key(): void {
    const picture = this.#encoder.key();
    if (picture !== undefined) this.#sink(picture);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const startedAtMs = this.#clock.now();
    // A look that fails is made again: the emulator's owner sees to a game that died.
    const looked = await this.#driver.screen('raw').catch(() => undefined);
    if (this.#closed) return;
    const picture = looked && this.#encoder.next(looked.value, looked.frame);
    const waitMs = this.#intervalMs - (this.#clock.now() - startedAtMs);
    this.#timer = this.#clock.after(Math.max(0, waitMs), () => void this.#look());
    if (picture !== undefined) this.#sink(picture);
  }
}
